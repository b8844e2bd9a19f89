// SPDX-License-Identifier: Apache-2.0
//
// The one mapping from failures to HTTP: Errc -> status, code, text (acr-wire 3.2), rendered as
// ACR's envelope `{"errors":[{"code":..,"message":..,"detail":..}]}` with a final newline.
#pragma once

#include "base/error.h"
#include "http/exchange.h"
#include "http/message.h"
#include "oci/access.h"

#include <string_view>
#include <vector>

namespace berth::api {

struct ErrorMapping {
    Errc code;
    int status;
    std::string_view oci_code;
    std::string_view message;
};

/// The catalogue; total over Errc.
const ErrorMapping& mapping_of(Errc code);

/// Any failure but unauthenticated.
http::Response error_response(const Error& error);

/// 401 with ACR's challenge for `scopes` (acr-wire 4.2; empty: `"detail":null`).
http::Response unauthorized_response(const std::vector<oci::Scope>& scopes);

/// A head that never became a request.
http::Response protocol_error_response(const http::ProtocolError& error);

}  // namespace berth::api
