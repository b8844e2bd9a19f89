// SPDX-License-Identifier: Apache-2.0
//
// The file of Apache's htpasswd: `NAME:HASH` a line. Takes hashes that libxcrypt verifies and that
// are worth keeping, bcrypt, yescrypt, sha512crypt and sha256crypt, as they are; refuses the weak
// ones (MD5, SHA-1, DES, clear text) and those that cost a sign-in more than about a second or
// 64 MiB. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

inline constexpr std::size_t kHtpasswdBytesMax = std::size_t{16} * 1024 * 1024;

struct HtpasswdEntry {
    HtpasswdEntry() = default;
    std::size_t line = 0;
    std::string name;
    std::string hash;
    /// Why it is not taken; empty for a good one.
    std::string problem;
};

/// One entry for each line but empty ones and comments (`#`). A name that was there before is a
/// problem of the later line.
std::vector<HtpasswdEntry> parse_htpasswd(std::string_view text);

/// Empty for a hash that is taken.
std::string hash_problem(std::string_view hash);

}  // namespace berth::auth
