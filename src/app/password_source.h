// SPDX-License-Identifier: Apache-2.0
//
// Where a command gets a password from: made here, or read from standard input. Either way it is
// hashed here, before a transaction begins: hashing takes tens of milliseconds.
#pragma once

#include "app/command.h"
#include "app/identity_view.h"
#include "base/clock.h"
#include "base/error.h"
#include "meta/accounts.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::app {

inline constexpr std::size_t kPasswordBytesMin = 12;
inline constexpr std::size_t kPasswordBytesMax = 256;
inline constexpr const char* kPasswordStdinFlag = "--password-stdin";

Parameter password_stdin_flag();

/// One line, of which the line break is no part. Errc::bad_request: too short, too long, or with
/// control characters.
Result<std::string> parse_password(std::string text);

struct NewPassword {
    NewPassword() = default;
    meta::PasswordRow row;
    /// What to show once; nothing when it came from standard input.
    std::vector<FreshPassword> fresh;
};

/// From standard input with --password-stdin (file descriptor `input`), else a random one.
Result<NewPassword> new_password(const Arguments& arguments, int slot,
                                 std::optional<Timestamp> expires_at, Timestamp now, int input = 0);
Result<NewPassword> random_password(int slot, std::optional<Timestamp> expires_at, Timestamp now);

}  // namespace berth::app
