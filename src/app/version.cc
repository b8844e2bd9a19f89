// SPDX-License-Identifier: Apache-2.0
#include "app/version.h"

#include "berth_version.h"

#include <boost/version.hpp>
#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <sqlite3.h>
#include <toml++/impl/version.h>

#include <string_view>

namespace berth::app {
namespace {

#if defined(__clang__)
constexpr std::string_view kCompiler = "clang " __clang_version__;
#else
constexpr std::string_view kCompiler = "gcc " __VERSION__;
#endif

}  // namespace

std::string version_text() {
    return fmt::format(
        "berth {}\n"
        "commit    {}\n"
        "compiler  {}\n"
        "boost     {}.{}.{}\n"
        "openssl   {}\n"
        "sqlite    {}\n"
        "libxcrypt {}\n"
        "toml++    {}.{}.{}\n"
        "fmt       {}.{}.{}\n",
        kVersion, kCommit.empty() ? "unknown" : kCommit, kCompiler, BOOST_VERSION / 100'000,
        BOOST_VERSION / 100 % 1000, BOOST_VERSION % 100, OpenSSL_version(OPENSSL_VERSION_STRING),
        sqlite3_libversion(), XCRYPT_VERSION_STR, TOML_LIB_MAJOR, TOML_LIB_MINOR, TOML_LIB_PATCH,
        FMT_VERSION / 10'000, FMT_VERSION / 100 % 100, FMT_VERSION % 100);
}

}  // namespace berth::app
