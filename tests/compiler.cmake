# The parser against Debian's CPython 3.11, where that is installed: messages differ between its minor
# versions.
add_executable(ast_tool compiler/ast_tool.c)
target_link_libraries(ast_tool PRIVATE adder_runtime)
set(oracle /usr/bin/python3.11)
if(EXISTS ${oracle})
  set(compare ${oracle} ${CMAKE_CURRENT_LIST_DIR}/compiler/compare_ast.py $<TARGET_FILE:ast_tool>)
  add_test(NAME compiler-errors COMMAND ${compare} --errors ${CMAKE_CURRENT_LIST_DIR}/compiler/errors.txt)
  add_test(NAME compiler-trees COMMAND ${compare} /usr/lib/python3.11/asyncio /usr/lib/python3.11/json
                                       /usr/lib/python3.11/typing.py /usr/lib/python3.11/argparse.py
                                       /usr/lib/python3.11/inspect.py /usr/lib/python3.11/threading.py)
  add_test(NAME compiler-mutations COMMAND ${compare} --mutate 5 /usr/lib/python3.11/email
                                           /usr/lib/python3.11/collections)
  set_tests_properties(compiler-errors compiler-trees compiler-mutations PROPERTIES TIMEOUT 1200)
endif()
