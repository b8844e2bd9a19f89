// SPDX-License-Identifier: Apache-2.0
#include "api/pipeline.h"

#include "api/acr_headers.h"
#include "api/audit.h"
#include "api/challenge.h"
#include "api/error_response.h"
#include "base/ip_network.h"
#include "base/random.h"
#include "base/try.h"

#include <chrono>
#include <exception>

namespace berth::api {

namespace {

http::Response text_response(int status, std::string_view content_type, std::string text) {
    http::Response response(status);
    response.content_type = content_type;
    response.body = std::move(text);
    return response;
}

http::Response route_miss() {
    return text_response(404, "text/plain; charset=utf-8", "404 page not found\n");
}

http::Response edge_miss() {
    return text_response(404, "application/octet-stream", "Not found");
}

/// acr-wire 1.10.
http::Response base_redirect() {
    http::Response response(301);
    response.headers.emplace_back("Location", "/v2/");
    return response;
}

http::Response wrong_method(const std::string& allowed) {
    http::Response response = error_response(Error(Errc::unsupported));
    response.headers.emplace_back("Allow", allowed);
    return response;
}

/// The token endpoints answer with their own headers whatever the method (acr-wire 2.5).
HeaderSet headers_of_wrong_method(std::string_view path) {
    return path.starts_with("/oauth2/") ? HeaderSet::token : HeaderSet::plain;
}

bool is_unauthorized(Errc code) {
    return mapping_of(code).status == 401;
}

/// Whether the caller showed something that was good, if not enough.
bool is_somebody(const oci::Principal& principal) {
    return principal.grants || principal.kind != oci::Principal::Kind::anonymous;
}

/// The caller may do it, but this token does not say so.
bool token_withholds(const auth::Policy& policy, const oci::Principal& principal,
                     const oci::Scope& scope) {
    oci::Principal unnarrowed = principal;
    unnarrowed.grants.reset();
    return !policy.allows(principal, scope) && policy.allows(unnarrowed, scope);
}

bool changes_something(const Route& route) {
    return route.method != http::Method::get && route.method != http::Method::head;
}

bool is_server_fault(Errc code) {
    return mapping_of(code).status >= 500;
}

io::Task<http::Response> answered(http::Response response) {
    co_return response;
}

io::Task<Result<http::Response>> failed_with(Error error) {
    co_return fail(std::move(error));
}

}  // namespace

// No coroutine, nor what it calls: what is answered here waits for nothing, and the rest is
// routed().
io::Task<http::Response> Pipeline::handle(http::Exchange& exchange) {
    exchange.correlation_id = make_uuid();
    if (parts_.metrics != nullptr) {
        parts_.metrics->began();
    }
    std::expected<Located, http::Response> located = locate(exchange);
    if (!located) {
        return answered(std::move(located.error()));
    }
    return routed(exchange, std::move(located->match), located->query);
}

std::expected<Pipeline::Located, http::Response> Pipeline::locate(http::Exchange& exchange) {
    const auto refused = [&exchange](http::Response response, HeaderSet set) {
        add_acr_headers(response, set, exchange.correlation_id, std::nullopt);
        return std::unexpected(std::move(response));
    };
    const Result<void> forwarded = parts_.proxies.apply(exchange);
    if (!forwarded) {
        return refused(error_response(forwarded.error()), HeaderSet::plain);
    }
    if (address_rate_.limits()) {
        const Result<void> admitted = address_rate_.admit(counted_address(exchange.remote_address),
                                                          std::chrono::steady_clock::now());
        if (!admitted) {
            return refused(error_response(admitted.error()), HeaderSet::plain);
        }
    }
    const auto target = http::parse_target(exchange.request.target);
    if (!target) {
        return refused(error_response(Error(Errc::bad_request, "malformed target")),
                       HeaderSet::plain);
    }
    if (target->path == "/v2") {
        return refused(base_redirect(), HeaderSet::route_miss);
    }
    RouteMatch match = match_route(exchange.request.method, target->path);
    switch (match.kind) {
        case RouteMatch::Kind::outside:
            return refused(edge_miss(), HeaderSet::edge);
        case RouteMatch::Kind::miss:
            return refused(route_miss(), HeaderSet::route_miss);
        case RouteMatch::Kind::wrong_method:
            return refused(wrong_method(match.allowed), headers_of_wrong_method(target->path));
        case RouteMatch::Kind::found:
            break;
    }
    return Located(std::move(match), target->query);
}

io::Task<http::Response> Pipeline::routed(http::Exchange& exchange, RouteMatch match,
                                          std::string_view query) {
    exchange.operation = match.route->operation;
    exchange.route = static_cast<std::uint16_t>(match.route - routes().data() + 1);
    Context context(exchange, parts_.services, parts_.sign_in, parts_.policy, parts_.limits,
                    body_memory_);
    context.parameters = std::move(match.parameters);
    const Route& route = *match.route;
    const auto parsed = http::Query::parse(query);
    context.query = parsed.value_or(http::Query());
    Result<http::Response> answer = fail(Errc::internal);
    try {
        answer = co_await authorised(context, route, parsed.has_value());
    } catch (const std::exception& error) {
        answer = fail(Errc::internal, std::string("exception: ") + error.what());
    }
    co_return finished(context, route, std::move(answer));
}

http::Response Pipeline::finished(const Context& context, const Route& route,
                                  Result<http::Response> answer) {
    http::Exchange& exchange = context.exchange;
    const bool refused = !answer && is_unauthorized(answer.error().code);
    if (!answer) {
        exchange.refusal = berth::name_of(answer.error().code);
        exchange.refused_account = answer.error().account;
        if (parts_.observer != nullptr && changes_something(route)) {
            parts_.observer->write_failed(answer.error());
        }
        answer = refused ? unauthorized(context, route, answer.error().code)
                         : failed(exchange, answer.error());
    }
    const bool identified = !refused && carries_request_ids(route);
    const HeaderSet set = route.needs == Needs::nothing ? HeaderSet::token
                          : identified                  ? HeaderSet::identified
                                                        : HeaderSet::plain;
    add_acr_headers(*answer, set, exchange.correlation_id,
                    exchange.request.header("x-ms-client-request-id"));
    if (parts_.audit_log != nullptr) {
        audit(*parts_.audit_log, context, route, *answer);
    }
    return *std::move(answer);
}

// No coroutine: who sends no credentials is known at once.
io::Task<Result<http::Response>> Pipeline::authorised(Context& context, const Route& route,
                                                      bool query_readable) {
    if (route.needs == Needs::nothing) {
        return route.handler(context);
    }
    const auto authorization = authorization_of(context.request());
    if (!authorization) {
        return failed_with(authorization.error());
    }
    if (*authorization) {
        return identified(context, route, **authorization, query_readable);
    }
    context.note_principal();
    if (is_asked_to_sign_in(route)) {
        return failed_with(Error(Errc::unauthenticated, "nobody signed in"));
    }
    return permitted(context, route, query_readable);
}

io::Task<Result<http::Response>> Pipeline::identified(Context& context, const Route& route,
                                                      std::string_view authorization,
                                                      bool query_readable) {
    const std::string service = service_of(context.exchange).value_or("");
    const auth::Arrival arrival{service, context.exchange.remote_address};
    BERTH_CO_TRY(context.principal,
                 co_await parts_.sign_in.authenticator.authenticate(authorization, arrival));
    context.note_principal();
    if (account_rate_.limits() && !context.principal.name.empty()) {
        BERTH_CO_TRY_VOID(
            account_rate_.admit(context.principal.name, std::chrono::steady_clock::now()));
    }
    co_return co_await permitted(context, route, query_readable);
}

io::Task<Result<http::Response>> Pipeline::permitted(Context& context, const Route& route,
                                                     bool query_readable) {
    Result<void> rights = check_rights(context, route);
    if (rights && !query_readable) {
        rights = fail(Errc::bad_request, "malformed query");
    }
    return rights ? route.handler(context) : failed_with(std::move(rights).error());
}

/// The scope that must be allowed is the route's on its own repository. Of a mount's second scope
/// the caller may lack the right: the mount then falls back to an upload (upload_service asks per
/// source). A token that lacks it although its account has it is refused, so that the client gets
/// one that suffices.
Result<void> Pipeline::check_rights(Context& context, const Route& route) const {
    if (needs_body(route) && asks_for_challenge(context.request())) {
        return fail(Errc::unauthenticated, "asked for the challenge");
    }
    const oci::Scope needed = scope_of(route, context.parameters);
    const bool allowed = parts_.policy.allows(context.principal, needed);
    if (!allowed || changes_something(route)) {
        context.exchange.rule = parts_.policy.decide(context.principal, needed).reason;
    }
    if (!allowed) {
        return fail(
            is_somebody(context.principal) ? Errc::scope_insufficient : Errc::unauthenticated,
            "not allowed");
    }
    const auto source = mount_source_scope(route, context.query);
    if (source && token_withholds(parts_.policy, context.principal, *source)) {
        return fail(Errc::scope_insufficient, "the token lacks the source of the mount");
    }
    return {};
}

/// GET /v2/ also where anybody may do anything: clients look there, and there alone, for how to
/// sign in.
bool Pipeline::is_asked_to_sign_in(const Route& route) const {
    return route.needs == Needs::any_account || parts_.policy.wants_anonymous_token();
}

/// A client that calls us by no usable name cannot be told where to sign in.
http::Response Pipeline::unauthorized(const Context& context, const Route& route, Errc why) {
    const std::optional<std::string> service = service_of(context.exchange);
    if (!service) {
        return error_response(Error(Errc::bad_request).with_message("missing or malformed Host"));
    }
    const auto scopes = scopes_of(route, context.parameters, context.query);
    return unauthorized_response(scopes,
                                 challenge_text(*service, context.exchange.secure, scopes, why));
}

http::Response Pipeline::failed(const http::Exchange& exchange, const Error& error) {
    if (is_server_fault(error.code)) {
        parts_.log.failure(telemetry::Level::error, "request_failed", error,
                           {{"operation", exchange.operation},
                            {"correlation_id", exchange.correlation_id},
                            {"target", telemetry::mask_secrets(exchange.request.target)}});
    }
    return error_response(error);
}

http::Response Pipeline::refuse(const http::ProtocolError& error) {
    http::Response response = protocol_error_response(error);
    add_acr_headers(response, HeaderSet::plain, make_uuid(), std::nullopt);
    return response;
}

void Pipeline::refused(const http::Refusal& refusal) {
    if (parts_.metrics != nullptr) {
        parts_.metrics->refused(refusal.outcome);
    }
    if (parts_.access_log == nullptr) {
        return;
    }
    telemetry::AccessRecord record;
    record.time = now();
    record.remote_address = refusal.remote_address;
    record.method = refusal.method;
    record.target = refusal.target;
    record.status = static_cast<std::uint32_t>(refusal.outcome.status);
    record.bytes_in = refusal.outcome.bytes_in;
    record.bytes_out = refusal.outcome.bytes_out;
    record.duration = refusal.outcome.duration;
    record.operation = "refused_head";
    for (const http::Header& header : refusal.response.headers) {
        if (header.name == kCorrelationIdHeader) {
            record.correlation_id = header.value;
        }
    }
    record.reason = refusal.error.reason;
    parts_.access_log->write(record);
}

void Pipeline::completed(const http::Exchange& exchange, const http::Outcome& outcome) {
    if (parts_.metrics != nullptr) {
        parts_.metrics->completed(exchange, outcome);
    }
    if (parts_.access_log == nullptr) {
        return;
    }
    telemetry::AccessRecord record;
    record.time = now();
    record.remote_address = exchange.remote_address;
    record.method = exchange.request.method_text;
    record.target = exchange.request.target;
    record.status = static_cast<std::uint32_t>(outcome.status);
    record.bytes_in = outcome.bytes_in;
    record.bytes_out = outcome.bytes_out;
    record.duration = outcome.duration;
    record.principal = exchange.principal;
    record.operation = exchange.operation;
    record.correlation_id = exchange.correlation_id;
    record.user_agent = exchange.request.header("User-Agent").value_or("");
    parts_.access_log->write(record);
}

}  // namespace berth::api
