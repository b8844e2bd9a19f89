# SPDX-License-Identifier: Apache-2.0
# One call per kind of target; src/<folder>/CMakeLists.txt consists of these calls.
include_guard(GLOBAL)

# berth_library(<folder> SOURCES a.cc ... [DEPENDS folder ...] [LIBRARIES target ...])
# Static library berth_<folder>. DEPENDS names folders of src/, LIBRARIES third-party targets.
function(berth_library folder)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LIBRARIES")
    berth_reject_unknown(berth_library "${arg_UNPARSED_ARGUMENTS}")
    add_library(berth_${folder} STATIC ${arg_SOURCES})
    target_include_directories(berth_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/src)
    if(CMAKE_VERIFY_INTERFACE_HEADER_SETS)
        # Target all_verify_interface_header_sets compiles each header alone (./dev lint).
        file(GLOB_RECURSE headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h)
        target_sources(berth_${folder} PUBLIC FILE_SET HEADERS
            BASE_DIRS ${PROJECT_SOURCE_DIR}/src FILES ${headers})
    endif()
    berth_link(berth_${folder} PUBLIC "${arg_DEPENDS}" "${arg_LIBRARIES}")
endfunction()

# berth_test(<folder> SOURCES a_test.cc ... [DEPENDS folder ...] [LIBRARIES target ...])
# GoogleTest binary berth_<folder>_test, one ctest with the label "unit". The folder's own library
# and rapidcheck are linked.
function(berth_test folder)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LIBRARIES")
    berth_reject_unknown(berth_test "${arg_UNPARSED_ARGUMENTS}")
    if(NOT BUILD_TESTING)
        return()
    endif()
    set(test berth_${folder}_test)
    add_executable(${test} ${arg_SOURCES})
    list(PREPEND arg_DEPENDS ${folder})
    berth_link(${test} PRIVATE "${arg_DEPENDS}" "${arg_LIBRARIES}")
    target_link_libraries(${test} PRIVATE GTest::gmock_main rapidcheck)
    add_test(NAME ${test} COMMAND ${test} --gtest_color=no)
    set_tests_properties(${test} PROPERTIES LABELS unit TIMEOUT 300
        ENVIRONMENT "GTEST_OUTPUT=xml:${PROJECT_BINARY_DIR}/unit-results/")
endfunction()

# berth_fuzzer(<name> SOURCES a_fuzz.cc ... [DEPENDS folder ...] [LIBRARIES target ...])
# libFuzzer target berth_fuzz_<name> with AddressSanitizer, in preset "fuzz" only; its corpus is
# tests/fuzz/corpus/<name>.
function(berth_fuzzer name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;LIBRARIES")
    berth_reject_unknown(berth_fuzzer "${arg_UNPARSED_ARGUMENTS}")
    if(NOT BERTH_FUZZ)
        return()
    endif()
    add_executable(berth_fuzz_${name} ${arg_SOURCES})
    berth_link(berth_fuzz_${name} PRIVATE "${arg_DEPENDS}" "${arg_LIBRARIES}")
    target_link_options(berth_fuzz_${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(berth_fuzz_${name} PROPERTIES
        RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzzers)
    add_dependencies(fuzzers berth_fuzz_${name})
endfunction()

if(BERTH_FUZZ)
    add_custom_target(fuzzers)
endif()

function(berth_link target scope folders libraries)
    foreach(folder IN LISTS folders)
        target_link_libraries(${target} ${scope} berth_${folder})
    endforeach()
    target_link_libraries(${target} ${scope} ${libraries})
endfunction()

function(berth_reject_unknown caller arguments)
    if(arguments)
        message(FATAL_ERROR "${caller}: unknown arguments: ${arguments}")
    endif()
endfunction()
