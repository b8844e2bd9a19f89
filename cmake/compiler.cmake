# SPDX-License-Identifier: Apache-2.0
# Language level, warnings, sanitizers, ccache and mold, for every target of this project.
set(CMAKE_CXX_STANDARD 23)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_CXX_SCAN_FOR_MODULES OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

find_program(BERTH_CCACHE ccache)
if(BERTH_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${BERTH_CCACHE})
endif()
find_program(BERTH_MOLD mold)
if(BERTH_MOLD)
    add_link_options(-fuse-ld=mold)
endif()

find_package(Threads REQUIRED)
link_libraries(Threads::Threads)

# The warnings that are off are false alarms, not opinions:
#   restrict                    g++ 12 reports string concatenation (gcc bug 105651)
#   mismatched-new-delete       g++ 12 on every inlined coroutine frame of asio
#   missing-field-initializers  designated initialisers leave members out on purpose
add_compile_options(-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wnon-virtual-dtor -Werror
                    -Wno-missing-field-initializers)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    add_compile_options(-Wno-restrict -Wno-mismatched-new-delete)
endif()

add_compile_options(-fno-omit-frame-pointer -fstack-protector-strong)
add_link_options(-Wl,-z,relro,-z,now)

if(BERTH_SANITIZE)
    add_compile_options(-fsanitize=${BERTH_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${BERTH_SANITIZE})
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
        # The instrumented code confuses g++'s flow analysis.
        add_compile_options(-Wno-maybe-uninitialized -Wno-tsan)
    endif()
endif()

if(BERTH_FUZZ)
    if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "BERTH_FUZZ needs clang")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link,address -fno-sanitize-recover=all)
    add_link_options(-fsanitize=address)
endif()

if(BERTH_COVERAGE)
    add_compile_options(--coverage -fprofile-update=atomic)
    add_link_options(--coverage)
endif()

# Checked standard containers everywhere but in the optimised build; fortified libc calls there.
if(CMAKE_BUILD_TYPE STREQUAL "Release")
    add_compile_definitions(_FORTIFY_SOURCE=2)
    # What nothing refers to is left out, and what seldom runs lies apart from the rest: a server
    # keeps less of its program in memory.
    add_link_options(-Wl,--gc-sections)
    if(BERTH_MOLD)
        add_link_options(-Wl,-z,keep-text-section-prefix)
    endif()
else()
    add_compile_definitions(_GLIBCXX_ASSERTIONS)
endif()

if(BERTH_LTO)
    include(CheckIPOSupported)
    check_ipo_supported()
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
