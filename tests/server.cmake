# The server without an interpreter: an application in C, and the raw-socket suite that runs against
# any server binary.
set(SERVER_CORE http_chars http_parser http_response ring ring_fault timer_wheel listener options
    exchange connection worker server)
list(TRANSFORM SERVER_CORE REPLACE "(.+)" "${CMAKE_SOURCE_DIR}/server/\\1.c")
add_executable(server-echo server/server_echo.c ${SERVER_CORE} ${CMAKE_SOURCE_DIR}/core/base/check.c)
target_link_libraries(server-echo PRIVATE PkgConfig::LIBS Threads::Threads)

find_program(PYTHON311 NAMES /usr/bin/python3.11 python3.11 python3)
# How far limits of time are stretched: for a machine that has other work, and for slow builds. Only a test
# that fails takes longer for it.
set(PATIENCE 4)
if(ADDER_SANITIZE OR ADDER_TORTURE)
  set(PATIENCE 12)
endif()
if(PYTHON311)
  add_test(NAME server-suite-echo
           COMMAND ${PYTHON311} ${CMAKE_CURRENT_SOURCE_DIR}/server/suite.py --patience ${PATIENCE} --echo $<TARGET_FILE:server-echo>)
  set_tests_properties(server-suite-echo PROPERTIES TIMEOUT 1800)
endif()

# The load generator and the comparison, with the echo server as the program compared.
add_test(NAME compare-echo
         COMMAND adder-compare echo:handle --program echo=$<TARGET_FILE:server-echo> --threads 1,2 --seconds 1)
set_tests_properties(compare-echo PROPERTIES TIMEOUT 300)

# The same suite with an application in Python, under both programs.
if(PYTHON311)
  foreach(name adder addert)
    add_test(NAME server-suite-${name}
             COMMAND ${PYTHON311} ${CMAKE_CURRENT_SOURCE_DIR}/server/suite.py --patience ${PATIENCE} --adder $<TARGET_FILE:${name}>)
    set_tests_properties(server-suite-${name} PROPERTIES TIMEOUT 1800)
  endforeach()
endif()

# The command line and the prompt; the tour of memory asserts what it prints.
if(PYTHON311)
  foreach(name adder addert)
    add_test(NAME command-suite-${name}
             COMMAND ${PYTHON311} ${CMAKE_CURRENT_SOURCE_DIR}/command/suite.py $<TARGET_FILE:${name}>)
    set_tests_properties(command-suite-${name} PROPERTIES TIMEOUT 1800)
  endforeach()
endif()
foreach(name adder addert)
  add_test(NAME memory-tour-${name} COMMAND ${name} ${CMAKE_SOURCE_DIR}/examples/memory_tour.py)
  set_tests_properties(memory-tour-${name} PROPERTIES TIMEOUT 900)
endforeach()

foreach(name adder addert)
  target_link_options(unit-${name}-server-oom PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc)
endforeach()
