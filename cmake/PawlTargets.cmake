# pawl_library(NAME  SOURCES a.cc ...  PUBLIC dep ...  PRIVATE dep ...)
# pawl_test(NAME     SOURCES a_test.cc ...  DEPS dep ...  [ENV K=V ...])   one binary per folder, one ctest entry
function(pawl_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;PUBLIC;PRIVATE" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_PUBLIC} PRIVATE pawl_options ${ARG_PRIVATE})
  target_include_directories(${name} PUBLIC $<BUILD_INTERFACE:${CMAKE_SOURCE_DIR}>)
endfunction()

function(pawl_test name)
  if(NOT PAWL_BUILD_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;ENV;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE pawl_options ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  # The report is what tools/test counts.
  add_test(NAME ${name}
    COMMAND ${name} --gtest_output=xml:${CMAKE_BINARY_DIR}/reports/${name}.xml)
  set_tests_properties(${name} PROPERTIES ENVIRONMENT "${ARG_ENV}" LABELS "${ARG_LABELS}" TIMEOUT 600)
endfunction()

# pawl_fuzz(NAME SOURCES a_fuzz.cc DEPS dep ...)   a libFuzzer binary NAME_fuzz; only with PAWL_FUZZ
function(pawl_fuzz name)
  if(NOT PAWL_FUZZ)
    return()
  endif()
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name}_fuzz ${ARG_SOURCES})
  target_link_libraries(${name}_fuzz PRIVATE pawl_options ${ARG_DEPS})
  target_link_options(${name}_fuzz PRIVATE -fsanitize=fuzzer)
endfunction()
