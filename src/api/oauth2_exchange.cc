// SPDX-License-Identifier: Apache-2.0
//
// POST /oauth2/exchange (acr-wire 4.4): a token of another issuer in, a refresh token out. No other
// issuer is trusted, so what is well-formed is refused.
#include "api/challenge.h"
#include "api/form.h"
#include "api/handlers.h"
#include "base/try.h"

namespace berth::api {

namespace {

/// The fields that must be there beside grant_type and service; empty for an unknown grant type.
std::vector<std::string_view> fields_of(std::string_view grant_type) {
    if (grant_type == "access_token" || grant_type == "refresh_token") {
        return {grant_type};
    }
    if (grant_type == "access_token_refresh_token") {
        return {"access_token", "refresh_token"};
    }
    return {};
}

Result<void> check_form(const http::RequestHead& request, const http::Query& form) {
    BERTH_TRY(const auto grant_type, single(form, "grant_type"));
    BERTH_TRY(const auto service, single(form, "service"));
    const std::optional<std::string> here = service_of(request);
    const std::vector<std::string_view> needed = fields_of(grant_type.value_or(""));
    if (!here || !service || !http::equal_ignoring_case(*service, *here) || needed.empty()) {
        return fail(Errc::bad_request, "unknown grant_type or wrong service");
    }
    for (const std::string_view name : needed) {
        BERTH_TRY(const auto value, single(form, name));
        if (value.value_or("").empty()) {
            return fail(Errc::bad_request, "a token is missing");
        }
    }
    return {};
}

}  // namespace

HandlerResult exchange_token(Context& context) {
    const Result<http::Query> form = co_await read_form(context.exchange);
    const Result<void> checked = form ? check_form(context.request(), *form) : fail(form.error());
    if (checked) {
        co_return http::Response(401);
    }
    switch (checked.error().code) {
        case Errc::bad_request:
            co_return http::Response(400);
        case Errc::payload_too_large:
            co_return http::Response(413);
        default:
            co_return fail(checked.error());
    }
}

}  // namespace berth::api
