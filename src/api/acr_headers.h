// SPDX-License-Identifier: Apache-2.0
//
// The headers ACR puts on every response (acr-wire 2.1-2.3), in its order.
#pragma once

#include "http/message.h"

#include <optional>
#include <string>
#include <string_view>

namespace berth::api {

/// The id that the log knows the request by.
inline constexpr std::string_view kCorrelationIdHeader = "X-Ms-Correlation-Request-Id";

enum class HeaderSet : std::uint8_t {
    edge,        // a path outside every prefix (acr-wire 1.7)
    route_miss,  // block A without the expose headers (2.2)
    plain,       // block A
    token,       // /oauth2/*: the correlation id alone (2.5)
    identified,  // block A with the two request ids (2.3; routes.h carries_request_ids)
};

/// Adds the set's headers to those of `response` and puts all in wire order.
void add_acr_headers(http::Response& response, HeaderSet set, const std::string& correlation_id,
                     std::optional<std::string_view> client_request_id);

}  // namespace berth::api
