# libFuzzer targets, in the `fuzz` preset only (clang). Seeds lie in tests/fuzz/<name>/.
#
#   build/fuzz/fuzz_http -max_total_time=600 CORPUS tests/fuzz/http
if(ADDER_FUZZ)
  # fuzz_target(NAME SOURCES...): tests/fuzz/fuzz_NAME.c with these sources.
  function(fuzz_target name)
    add_executable(fuzz_${name} ${CMAKE_CURRENT_SOURCE_DIR}/fuzz/fuzz_${name}.c ${ARGN})
    target_compile_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endfunction()

  fuzz_target(http ${CMAKE_SOURCE_DIR}/server/http_parser.c ${CMAKE_SOURCE_DIR}/server/http_chars.c
              ${CMAKE_SOURCE_DIR}/core/base/check.c)
endif()
