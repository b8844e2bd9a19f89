// SPDX-License-Identifier: Apache-2.0
//
// When a password or an account ends, as an operator writes it. Pure.
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <optional>
#include <string_view>

namespace berth::app {

/// `30d`, `12h` (from `now` on), `2027-01-31T12:00:00Z` (RFC 3339), or `never`: nullopt.
/// Errc::bad_request, also for a time that is over or more than a hundred years away.
Result<std::optional<Timestamp>> parse_expiry(std::string_view text, Timestamp now);

/// `2027-01-31T12:00:00Z`, with a fraction of a second and another offset if need be.
std::optional<Timestamp> parse_time(std::string_view text);

}  // namespace berth::app
