# libFuzzer targets, in the `fuzz` preset only (clang). Seeds lie in tests/fuzz/<name>/.
#
#   build/fuzz/fuzz_http -max_total_time=600 CORPUS tests/fuzz/http
#   build/fuzz/fuzz_parser -max_total_time=300 -dict=tests/fuzz/parser.dict CORPUS
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
  fuzz_target(parser ${PARSER_SOURCES} ${compiler}/arena.c ${compiler}/ast_dump.c
              ${compiler}/character_names.c ${compiler}/lexer.c ${compiler}/source.c
              ${CMAKE_SOURCE_DIR}/alloc/fault.c ${CMAKE_SOURCE_DIR}/core/base/check.c)
  target_link_libraries(fuzz_parser PRIVATE unistring)
endif()
