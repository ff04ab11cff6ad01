# libFuzzer targets, in the `fuzz` preset only (clang): tests/fuzz/run.sh NAME SECONDS runs one.
if(ADDER_FUZZ)
  # fuzz_target(NAME SOURCES...): tests/fuzz/fuzz_NAME.c with these sources.
  function(fuzz_target name)
    add_executable(fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/fuzz_${name}.c ${ARGN})
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endfunction()

  fuzz_target(http ${CMAKE_SOURCE_DIR}/server/http_parser.c ${CMAKE_SOURCE_DIR}/server/http_chars.c
              ${CMAKE_SOURCE_DIR}/core/base/check.c)

  file(GLOB PARSER_SOURCES CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/core/compiler/parser*.c)
  set(compiler ${CMAKE_SOURCE_DIR}/core/compiler)
  fuzz_target(parser ${PARSER_SOURCES} ${compiler}/arena.c ${compiler}/ast_dump.c ${compiler}/ast_names.c
              ${CMAKE_SOURCE_DIR}/core/object/character_names.c ${compiler}/lexer.c ${compiler}/source.c
              ${CMAKE_SOURCE_DIR}/alloc/fault.c ${CMAKE_SOURCE_DIR}/core/base/check.c)
  target_link_libraries(fuzz_parser PRIVATE unistring)

  # The whole runtime, for code objects; coverage of the compiler guides.
  add_library(fuzz_runtime OBJECT ${RUNTIME_SOURCES} ${GIL_ONLY})
  target_compile_definitions(fuzz_runtime PUBLIC ADDER_FREE_THREADED=0)
  target_link_libraries(fuzz_runtime PUBLIC PkgConfig::LIBS Threads::Threads gmp unistring m)
  file(GLOB COMPILER_SOURCES CONFIGURE_DEPENDS ${compiler}/*.c)
  set_source_files_properties(${COMPILER_SOURCES} PROPERTIES COMPILE_OPTIONS -fsanitize=fuzzer-no-link)
  fuzz_target(compile)
  target_link_libraries(fuzz_compile PRIVATE fuzz_runtime)
endif()
