# Lint: layers, the policy switch, ownership slips, file names in documents.
foreach(script layers policy ownership tour paths)
  add_test(NAME lint-${script} COMMAND ${CMAKE_CURRENT_SOURCE_DIR}/lint/${script}.sh)
endforeach()
