// SPDX-License-Identifier: Apache-2.0
//
// POST /oauth2/exchange (acr-wire 4.4): a token of another issuer in, a refresh token out. A token
// that is not to be believed is 401 without a body; who is known but has no role here is told so.
#include "api/challenge.h"
#include "api/error_response.h"
#include "api/form.h"
#include "api/handlers.h"
#include "auth/oidc/federation.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/try.h"

namespace berth::api {

namespace {

struct ExchangeRequest {
    ExchangeRequest() = default;
    std::string service;
    auth::ForeignCredentials credentials;  // into the form
};

/// The fields that must be there beside grant_type and service, the one with the token that counts
/// first; empty for an unknown grant type.
std::vector<std::string_view> fields_of(std::string_view grant_type) {
    if (grant_type == "access_token" || grant_type == "refresh_token") {
        return {grant_type};
    }
    if (grant_type == "access_token_refresh_token") {
        return {"access_token", "refresh_token"};
    }
    return {};
}

Result<ExchangeRequest> read_request(const http::Exchange& exchange, const http::Query& form) {
    BERTH_TRY(const auto grant_type, single(form, "grant_type"));
    BERTH_TRY(const auto service, single(form, "service"));
    BERTH_TRY(const auto tenant, single(form, "tenant"));
    const std::optional<std::string> here = service_of(exchange);
    const std::vector<std::string_view> needed = fields_of(grant_type.value_or(""));
    if (!here || !service || !http::equal_ignoring_case(*service, *here) || needed.empty()) {
        return fail(Errc::bad_request, "unknown grant_type or wrong service");
    }
    ExchangeRequest request;
    request.service = *here;
    request.credentials.tenant = tenant.value_or("");
    for (const std::string_view name : needed) {
        BERTH_TRY(const auto value, single(form, name));
        if (value.value_or("").empty()) {
            return fail(Errc::bad_request, "a token is missing");
        }
        if (name == needed.front()) {
            request.credentials.token = *value;
        }
    }
    return request;
}

/// The rules that let the caller in, for the audit log.
std::string rules_text(const oci::Principal& principal) {
    std::string text = "issuer " + principal.trust->issuer;
    for (const oci::Trust::Match& match : principal.trust->matches) {
        text += (text.find(", rule ") == std::string::npos ? ", rule " : ", ") + match.rule;
    }
    return text;
}

io::Task<Result<http::Response>> answer(Context& context) {
    BERTH_CO_TRY(const http::Query form, co_await read_form(context.exchange, context.body_share));
    BERTH_CO_TRY(const ExchangeRequest request, read_request(context.exchange, form));
    if (context.sign_in.federation == nullptr) {
        co_return fail(Errc::token_invalid, "no other issuer is trusted");
    }
    const auth::Seconds moment = now().ticks / kTicksPerSecond;
    BERTH_CO_TRY(context.principal,
                 co_await context.sign_in.federation->sign_in(request.credentials, moment));
    context.note_principal();
    context.exchange.rule = rules_text(context.principal);
    BERTH_CO_TRY(const std::string token, co_await context.sign_in.tokens.issue_refresh(
                                              context.principal, request.service, moment));
    http::Response response(200);
    response.content_type = "application/json; charset=utf-8";
    response.body = "{\"refresh_token\":" + json_quote(token) + "}\n";
    co_return response;
}

/// What is the server's fault stays an Error.
Result<http::Response> refusal(Context& context, const Error& error) {
    context.exchange.refusal = berth::name_of(error.code);
    switch (error.code) {
        case Errc::bad_request:
            return http::Response(400);
        case Errc::payload_too_large:
            return http::Response(413);
        case Errc::token_malformed:
        case Errc::token_invalid:
            context.exchange.rule = error.log_detail;
            return http::Response(401);
        case Errc::denied:
            context.exchange.rule = error.log_detail;
            return sign_in_refused_response(context.exchange.correlation_id);
        default:
            return fail(error);
    }
}

}  // namespace

HandlerResult exchange_token(Context& context) {
    Result<http::Response> response = co_await answer(context);
    co_return response ? std::move(response) : refusal(context, response.error());
}

}  // namespace berth::api
