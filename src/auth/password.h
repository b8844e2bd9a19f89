// SPDX-License-Identifier: Apache-2.0
//
// Password hashes (yescrypt through libxcrypt) and constant-time comparison. hash and verify take
// tens of milliseconds: BlockingPool only.
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace berth::auth {

/// A `$y$...` string with a fresh salt. Errors: bad_request for a password with a NUL, internal.
Result<std::string> hash_password(const std::string& password);
/// The `$y$...` prefix of a hash, with a fresh salt and no hash: verify_password() against it costs
/// what a real hash costs and is always false. Cheap.
Result<std::string> make_salt();
/// Constant time in the hashes. False also for a malformed `hash` and a password with a NUL.
bool verify_password(const std::string& password, const std::string& hash);
/// Time depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b);

}  // namespace berth::auth
