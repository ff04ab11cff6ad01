# Script tests: every area runs under both programs. Expected output is CPython 3.11's.
find_program(PYTHON311 NAMES python3.11 REQUIRED)
set(SCRIPT_SECONDS 300)
if(ADDER_SANITIZE OR ADDER_TORTURE)
  set(SCRIPT_SECONDS 1200)
endif()
file(GLOB AREAS LIST_DIRECTORIES true CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/scripts/*)
list(APPEND AREAS ${CMAKE_CURRENT_SOURCE_DIR}/regression ${CMAKE_CURRENT_SOURCE_DIR}/limit)
foreach(area ${AREAS})
  file(GLOB_RECURSE outputs CONFIGURE_DEPENDS ${area}/*.out)
  if(NOT outputs)
    continue()
  endif()
  get_filename_component(label ${area} NAME)
  foreach(name adder addert)
    add_test(NAME scripts-${name}-${label}
             COMMAND ${PYTHON311} ${CMAKE_CURRENT_SOURCE_DIR}/run_scripts.py --program $<TARGET_FILE:${name}>
                     --timeout ${SCRIPT_SECONDS} ${area})
    set_tests_properties(scripts-${name}-${label} PROPERTIES TIMEOUT 3600)
  endforeach()
endforeach()

# Allocations that fail, in builds that count them.
if(ADDER_DEBUG)
  foreach(name adder addert)
    add_test(NAME fail-alloc-${name}
             COMMAND ${PYTHON311} ${CMAKE_CURRENT_SOURCE_DIR}/fail_alloc.py --program $<TARGET_FILE:${name}> --samples 12)
    set_tests_properties(fail-alloc-${name} PROPERTIES TIMEOUT 3600)
  endforeach()
endif()
