// SPDX-License-Identifier: Apache-2.0
#include "api/audit.h"

#include "auth/basic_credentials.h"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace berth::api {
namespace {

// What these answers say is refused whatever their status: without a usable Host a 401 becomes 400.
constexpr std::array kRefusals = {Errc::unauthenticated, Errc::token_malformed,
                                  Errc::token_invalid,   Errc::scope_insufficient,
                                  Errc::denied,          Errc::rate_limited};

bool is_refusal(const http::Exchange& exchange, int status) {
    return status == 401 || status == 403 || status == 429 ||
           (!exchange.refusal.empty() && std::ranges::any_of(kRefusals, [&](Errc code) {
               return exchange.refusal == berth::name_of(code);
           }));
}

bool is_token_endpoint(const Route& route) {
    return route.needs == Needs::nothing;
}

/// Nobody was refused: somebody was told how to sign in.
bool sent_no_credentials(const Context& context, const Route& route) {
    if (is_token_endpoint(route)) {
        return context.exchange.principal_kind == oci::name_of(oci::Principal::Kind::anonymous);
    }
    return !context.request().header("Authorization");
}

/// How the caller tried to show who it is, when that did not succeed.
std::string_view attempted_sign_in(const Context& context) {
    const auto header = context.request().header("Authorization");
    if (!header) {
        return {};
    }
    return oci::name_of(auth::parse_bearer(*header) ? oci::SignIn::access_token
                                                    : oci::SignIn::password);
}

bool is_upload(const Route& route) {
    return route.operation.starts_with("upload_");
}

/// Of an upload its blob: the session's id is gone when the line is read.
std::string_view reference_of(const Context& context, const Route& route) {
    if (!is_upload(route)) {
        return context.parameters.reference;
    }
    const auto digest = context.query.get("digest");
    return digest ? *digest : context.query.get("mount").value_or("");
}

std::string_view digest_of(const http::Response& response) {
    for (const http::Header& header : response.headers) {
        if (header.name == "Docker-Content-Digest") {
            return header.value;
        }
    }
    return {};
}

std::string tags_of(const Context& context, const Route& route) {
    std::string tags;
    if (route.operation == "manifest_put") {
        for (const std::string_view tag : context.query.all("tag")) {
            tags.append(tags.empty() ? "" : ",").append(tag);
        }
    }
    return tags;
}

void add_request(telemetry::AuditRecord& record, const Context& context, const Route& route) {
    const http::Exchange& exchange = context.exchange;
    record.time = now();
    record.principal = exchange.principal;
    record.kind = exchange.principal_kind;
    record.method = exchange.sign_in;
    record.operation = exchange.operation;
    record.repository = context.parameters.name;
    record.reference = reference_of(context, route);
    record.rule = exchange.rule;
    record.address = exchange.remote_address;
    record.user_agent = exchange.request.header("User-Agent").value_or("");
    record.correlation_id = exchange.correlation_id;
}

void write_refusal(telemetry::AuditLog& log, const Context& context, const Route& route,
                   int status) {
    telemetry::AuditRecord record;
    add_request(record, context, route);
    record.event = is_token_endpoint(route) ? "sign_in" : "access";
    record.result = sent_no_credentials(context, route) ? "challenged" : "refused";
    if (record.method.empty()) {
        record.method = attempted_sign_in(context);
    }
    record.subject = context.exchange.refused_account;
    record.status = static_cast<std::uint32_t>(status);
    record.reason = context.exchange.refusal.empty() ? berth::name_of(Errc::unauthenticated)
                                                     : context.exchange.refusal;
    log.write(record);
}

void write_change(telemetry::AuditLog& log, const Context& context, const Route& route,
                  const http::Response& response) {
    const std::string tags = tags_of(context, route);
    telemetry::AuditRecord record;
    add_request(record, context, route);
    record.event = "change";
    record.result = "done";
    record.tags = tags;
    record.digest = digest_of(response);
    record.source = is_upload(route) && context.query.get("mount")
                        ? context.query.get("from").value_or("")
                        : std::string_view();
    record.status = static_cast<std::uint32_t>(response.status);
    log.write(record);
}

void write_sign_in(telemetry::AuditLog& log, const Context& context, const Route& route,
                   int status) {
    telemetry::AuditRecord record;
    add_request(record, context, route);
    record.event = "sign_in";
    record.result = "signed_in";
    record.status = static_cast<std::uint32_t>(status);
    log.write(record);
}

}  // namespace

bool is_change(const Route& route, int status) {
    const bool changes = route.method != http::Method::get && route.method != http::Method::head &&
                         !is_token_endpoint(route);
    if (!changes || status < 200 || status > 299) {
        return false;
    }
    // A blob is there when its upload ends, or begins and ends at once.
    return !is_upload(route) || status == 201;
}

void audit(telemetry::AuditLog& log, const Context& context, const Route& route,
           const http::Response& response) {
    if (is_refusal(context.exchange, response.status)) {
        write_refusal(log, context, route, response.status);
    } else if (is_change(route, response.status)) {
        write_change(log, context, route, response);
    } else if (is_token_endpoint(route) && response.status == 200 &&
               !context.exchange.principal.empty()) {
        write_sign_in(log, context, route, response.status);
    }
}

}  // namespace berth::api
