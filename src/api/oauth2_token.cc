// SPDX-License-Identifier: Apache-2.0
//
// GET and POST /oauth2/token (acr-wire 4.5, 4.6): credentials in, an access token out that carries
// what of the wanted scopes is allowed. What is wrong with the request itself is 400 without a
// body; credentials that are wrong or missing are 401.
#include "api/challenge.h"
#include "api/error_response.h"
#include "api/form.h"
#include "api/handlers.h"
#include "auth/scope_text.h"
#include "base/encode.h"
#include "base/try.h"

namespace berth::api {

namespace {

/// What a request asks for, whoever asks.
struct Wanted {
    Wanted() = default;
    std::string service;
    std::vector<oci::Scope> scopes;
    bool refresh_token = false;
};

/// Who asks, and a refresh token the caller holds already.
struct Caller {
    Caller() = default;
    oci::Principal principal;
    std::string refresh_token;
};

/// `fields` are a query or a form. bad_request for a service that is not this registry and for
/// what is no scope.
Result<Wanted> read_wanted(const http::Exchange& exchange, const http::Query& fields) {
    Wanted wanted;
    const std::optional<std::string> here = service_of(exchange);
    BERTH_TRY(const auto service, single(fields, "service"));
    if (!here || !service || !http::equal_ignoring_case(*service, *here)) {
        return fail(Errc::bad_request, "missing or wrong service");
    }
    wanted.service = *here;
    auto scopes = auth::parse_scopes(fields.all("scope"));
    if (!scopes) {
        return fail(Errc::bad_request, "malformed scope");
    }
    wanted.scopes = *std::move(scopes);
    BERTH_TRY(const auto offline_token, single(fields, "offline_token"));
    BERTH_TRY(const auto access_type, single(fields, "access_type"));
    wanted.refresh_token = offline_token == "true" || access_type == "offline";
    return wanted;
}

/// A refresh token is for an account without narrowed rights: an access token cannot become more
/// than it is. One that was presented comes back as it is, so it does not live longer either.
io::Task<Result<std::string>> refresh_token_for(Context& context, const Caller& caller,
                                                const Wanted& wanted, auth::Seconds moment) {
    const bool entitled =
        caller.principal.kind != oci::Principal::Kind::anonymous && !caller.principal.grants;
    if (!wanted.refresh_token || !entitled) {
        co_return std::string();
    }
    if (!caller.refresh_token.empty()) {
        co_return caller.refresh_token;
    }
    co_return co_await context.sign_in.tokens.issue_refresh(caller.principal, wanted.service,
                                                            moment);
}

HandlerResult issue(Context& context, const Caller& caller, const Wanted& wanted) {
    context.principal = caller.principal;
    context.note_principal();
    if (!context.policy.allows(caller.principal, oci::Scope())) {
        context.exchange.refusal = berth::name_of(Errc::unauthenticated);
        co_return sign_in_refused_response(context.exchange.correlation_id);
    }
    const auth::Seconds moment = now().ticks / kTicksPerSecond;
    std::vector<oci::Scope> granted = context.policy.granted(caller.principal, wanted.scopes);
    BERTH_CO_TRY(const std::string access,
                 co_await context.sign_in.tokens.issue_access(caller.principal, wanted.service,
                                                              std::move(granted), moment));
    BERTH_CO_TRY(const std::string refresh,
                 co_await refresh_token_for(context, caller, wanted, moment));
    std::string text = "{\"access_token\":" + json_quote(access);
    if (!refresh.empty()) {
        text += ",\"refresh_token\":" + json_quote(refresh);
    }
    http::Response response(200);
    response.content_type = "application/json; charset=utf-8";
    response.body = text + "}\n";
    co_return response;
}

io::Task<Result<Caller>> sign_in(Context& context, const auth::BasicCredentials& credentials,
                                 const Wanted& wanted) {
    Caller caller;
    const bool is_token = credentials.name == auth::kNilGuid;
    context.exchange.sign_in =
        oci::name_of(is_token ? oci::SignIn::refresh_token : oci::SignIn::password);
    const auth::Arrival arrival{wanted.service, context.exchange.remote_address};
    BERTH_CO_TRY(caller.principal,
                 co_await context.sign_in.authenticator.sign_in(credentials, arrival));
    if (is_token) {
        caller.refresh_token = credentials.password;
    }
    co_return caller;
}

/// The form's account; one that is not named is anonymous.
io::Task<Result<Caller>> by_password(Context& context, const http::Query& form,
                                     const Wanted& wanted) {
    BERTH_CO_TRY(const auto name, single(form, "username"));
    BERTH_CO_TRY(const auto password, single(form, "password"));
    if (name.value_or("").empty()) {
        co_return Caller();
    }
    auth::BasicCredentials credentials;
    credentials.name = *name;
    credentials.password = password.value_or("");
    co_return co_await sign_in(context, credentials, wanted);
}

/// The form's refresh token; an empty one is anonymous.
io::Task<Result<Caller>> by_refresh_token(Context& context, const http::Query& form,
                                          const Wanted& wanted) {
    BERTH_CO_TRY(const auto token, single(form, "refresh_token"));
    if (!token) {
        co_return fail(Errc::bad_request, "missing refresh_token");
    }
    Caller caller;
    if (token->empty()) {
        co_return caller;
    }
    context.exchange.sign_in = oci::name_of(oci::SignIn::refresh_token);
    const auth::Arrival arrival{wanted.service, context.exchange.remote_address};
    BERTH_CO_TRY(caller.principal, co_await context.sign_in.authenticator.redeem(*token, arrival));
    caller.refresh_token = *token;
    co_return caller;
}

io::Task<Result<http::Response>> answer_post(Context& context) {
    BERTH_CO_TRY(const http::Query form, co_await read_form(context.exchange, context.body_share));
    BERTH_CO_TRY(const Wanted wanted, read_wanted(context.exchange, form));
    if (form.all("scope").empty()) {
        co_return fail(Errc::bad_request, "missing scope");
    }
    BERTH_CO_TRY(const auto grant_type, single(form, "grant_type"));
    Result<Caller> caller = fail(Errc::bad_request, "unknown grant_type");
    if (grant_type == "password") {
        caller = co_await by_password(context, form, wanted);
    } else if (grant_type == "refresh_token") {
        caller = co_await by_refresh_token(context, form, wanted);
    }
    if (!caller) {
        co_return fail(std::move(caller).error());
    }
    co_return co_await issue(context, *caller, wanted);
}

io::Task<Result<http::Response>> answer_get(Context& context) {
    BERTH_CO_TRY(const Wanted wanted, read_wanted(context.exchange, context.query));
    BERTH_CO_TRY(const auto authorization, authorization_of(context.request()));
    Caller caller;
    if (authorization && !auth::is_blank_basic(*authorization)) {
        const auto credentials = auth::parse_basic(*authorization);
        if (!credentials) {
            co_return fail(Errc::unauthenticated, "authorization is not well-formed Basic");
        }
        BERTH_CO_TRY(caller, co_await sign_in(context, *credentials, wanted));
    }
    co_return co_await issue(context, caller, wanted);
}

/// Failures as the token endpoints answer them; what is the server's fault stays an Error.
Result<http::Response> in_endpoint_style(Context& context, Result<http::Response> answer) {
    if (answer) {
        return answer;
    }
    context.exchange.refusal = berth::name_of(answer.error().code);
    context.exchange.refused_account = answer.error().account;
    switch (answer.error().code) {
        case Errc::bad_request:
            return http::Response(400);
        case Errc::payload_too_large:
            return http::Response(413);
        case Errc::token_malformed:
        case Errc::token_invalid:
            return http::Response(401);
        case Errc::unauthenticated:
            return sign_in_refused_response(context.exchange.correlation_id);
        default:
            return answer;
    }
}

}  // namespace

HandlerResult get_token(Context& context) {
    Result<http::Response> answer = co_await answer_get(context);
    co_return in_endpoint_style(context, std::move(answer));
}

HandlerResult post_token(Context& context) {
    Result<http::Response> answer = co_await answer_post(context);
    co_return in_endpoint_style(context, std::move(answer));
}

}  // namespace berth::api
