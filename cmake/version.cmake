# SPDX-License-Identifier: Apache-2.0
# Target berth_version: gives #include "berth_version.h" with kVersion and kCommit. The commit is
# looked up at build time; the header is rewritten only when it changed.
set(berth_version_dir ${PROJECT_BINARY_DIR}/generated)
add_custom_target(berth_version_header
    COMMAND ${CMAKE_COMMAND}
        -DSOURCE_DIR=${PROJECT_SOURCE_DIR} -DVERSION=${PROJECT_VERSION}
        -DOUTPUT=${berth_version_dir}/berth_version.h
        -P ${PROJECT_SOURCE_DIR}/cmake/write_version.cmake
    BYPRODUCTS ${berth_version_dir}/berth_version.h
    COMMENT "Looking up the commit" VERBATIM)
add_library(berth_version INTERFACE)
target_include_directories(berth_version INTERFACE ${berth_version_dir})
add_dependencies(berth_version berth_version_header)
