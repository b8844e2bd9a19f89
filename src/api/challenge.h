// SPDX-License-Identifier: Apache-2.0
//
// What a client is told to do next after a 401: the Bearer challenge (acr-wire 4.2, 4.3), byte for
// byte, and what of a request goes into it. Pure; called by the pipeline and the token endpoints.
#pragma once

#include "base/error.h"
#include "http/exchange.h"
#include "http/message.h"
#include "oci/access.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::api {

/// The registry's name as this client uses it: Exchange::host() in lower case. It is the service of
/// challenges and the audience of tokens. nullopt when absent or when it holds anything but the
/// characters of `host[:port]`: it is quoted back to the client.
std::optional<std::string> service_of(const http::Exchange& exchange);

/// The value of the only Authorization header, nullopt when absent. Two of them are not guessed at
/// (unauthenticated): what another party on the way looked at may not be what we would look at.
Result<std::optional<std::string_view>> authorization_of(const http::RequestHead& request);

/// Whether the request has neither credentials nor content. Where content is due that is how the
/// service's SDK for Go asks to be challenged before it sends any (acr-wire 4.1).
bool asks_for_challenge(const http::RequestHead& request);

/// `Bearer realm="https://REG/oauth2/token",service="REG",scope="...",error="..."`; the last two
/// only when there is something to say. `why` is what failed, a code of status 401.
std::string challenge_text(std::string_view service, bool secure,
                           const std::vector<oci::Scope>& scopes, Errc why);

}  // namespace berth::api
