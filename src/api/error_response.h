// SPDX-License-Identifier: Apache-2.0
//
// The one mapping from failures to HTTP: Errc -> status, code, text (acr-wire 3.2), rendered as
// ACR's envelope `{"errors":[{"code":..,"message":..,"detail":..}]}` with a final newline.
#pragma once

#include "base/error.h"
#include "http/exchange.h"
#include "http/message.h"
#include "oci/access.h"

#include <string>
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

/// Any failure but those of status 401.
http::Response error_response(const Error& error);

/// 401 with `challenge` (challenge.h) and the scopes as detail (acr-wire 4.2; empty: null).
http::Response unauthorized_response(const std::vector<oci::Scope>& scopes, std::string challenge);

/// 401 of a token endpoint: credentials that are wrong or missing (acr-wire 4.5).
http::Response sign_in_refused_response(const std::string& correlation_id);

/// A head that never became a request.
http::Response protocol_error_response(const http::ProtocolError& error);

}  // namespace berth::api
