# SPDX-License-Identifier: Apache-2.0
# Every library from outside, as a target. Sources name these targets and nothing else:
#   berth_asio  Boost::json  OpenSSL::SSL  OpenSSL::Crypto  SQLite::SQLite3
#   fmt::fmt  spdlog::spdlog (alias spdlog)  tomlplusplus  CLI11  crypt
#   nghttp2
#   GTest::gmock  GTest::gmock_main  rapidcheck
# All come from Debian 12 packages; the list is tools/packages/*.txt.

find_package(Boost 1.81.0 EXACT REQUIRED COMPONENTS json)
find_package(OpenSSL 3.0 REQUIRED)
find_package(SQLite3 REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(tomlplusplus REQUIRED)
find_package(CLI11 REQUIRED)

# Asio and Beast, compiled once (cmake/asio_beast.cc). Every BOOST_ASIO_* macro of the program is
# here and nowhere else: a translation unit with other macros breaks the one-definition rule and
# corrupts asio's recycling allocator.
add_library(berth_asio STATIC ${PROJECT_SOURCE_DIR}/cmake/asio_beast.cc)
target_compile_definitions(berth_asio PUBLIC
    BOOST_ASIO_SEPARATE_COMPILATION
    BOOST_BEAST_SEPARATE_COMPILATION
    BOOST_ASIO_NO_DEPRECATED
    BOOST_ASIO_DISABLE_BOOST_COROUTINE
    # Coroutine frames need no more alignment than operator new gives, and aligned_alloc costs
    # several times as much, a dozen times per request.
    BOOST_ASIO_DISABLE_STD_ALIGNED_ALLOC
    BOOST_ASIO_DISABLE_BOOST_ALIGN)
target_link_libraries(berth_asio PUBLIC Boost::headers)
if(BERTH_SANITIZE MATCHES "address" OR BERTH_FUZZ)
    # Recycled coroutine frames hide a use after free from the sanitizer.
    target_compile_definitions(berth_asio PUBLIC BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING)
endif()

function(berth_alias name target)
    if(NOT TARGET ${name})
        add_library(${name} INTERFACE)
        target_link_libraries(${name} INTERFACE ${target})
    endif()
endfunction()
berth_alias(spdlog spdlog::spdlog)
berth_alias(tomlplusplus tomlplusplus::tomlplusplus)
berth_alias(CLI11 CLI11::CLI11)

find_library(BERTH_CRYPT_LIBRARY crypt REQUIRED)
add_library(crypt INTERFACE)
target_link_libraries(crypt INTERFACE ${BERTH_CRYPT_LIBRARY})

find_library(BERTH_NGHTTP2_LIBRARY nghttp2 REQUIRED)
find_path(BERTH_NGHTTP2_INCLUDES nghttp2/nghttp2.h REQUIRED)
add_library(nghttp2 INTERFACE)
target_include_directories(nghttp2 INTERFACE ${BERTH_NGHTTP2_INCLUDES})
target_link_libraries(nghttp2 INTERFACE ${BERTH_NGHTTP2_LIBRARY})

if(BUILD_TESTING)
    find_package(GTest REQUIRED)
    find_package(rapidcheck REQUIRED)
endif()
