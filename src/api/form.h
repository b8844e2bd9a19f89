// SPDX-License-Identifier: Apache-2.0
//
// The body of a token request, application/x-www-form-urlencoded. Never logged: it holds secrets.
#pragma once

#include "base/error.h"
#include "http/exchange.h"
#include "http/uri.h"
#include "io/task.h"

#include <optional>
#include <string_view>

namespace berth::api {

/// Reads at most kFormBytesMax, in memory of `share`. Errors: bad_request for another content type
/// and for broken percent-encoding, payload_too_large, those of the body.
io::Task<Result<http::Query>> read_form(http::Exchange& exchange, http::BodyMemory::Share& share);

/// The value of `name`, nullopt when absent. bad_request when it is there twice: another party on
/// the way may have looked at the other one.
Result<std::optional<std::string_view>> single(const http::Query& fields, std::string_view name);

}  // namespace berth::api
