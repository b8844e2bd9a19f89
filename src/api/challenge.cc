// SPDX-License-Identifier: Apache-2.0
#include "api/challenge.h"

#include <algorithm>

namespace berth::api {

namespace {

constexpr std::size_t kServiceLengthMax = 255;

bool is_host_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
           std::string_view("-._:[]").find(c) != std::string_view::npos;
}

std::string_view error_word(Errc why) {
    switch (why) {
        case Errc::token_malformed:
            return "malformed_token";
        case Errc::token_invalid:
            return "invalid_token";
        case Errc::scope_insufficient:
            return "insufficient_scope";
        default:
            return "";
    }
}

/// `repository:a:pull,push repository:b:pull`
std::string scope_text(const std::vector<oci::Scope>& scopes) {
    std::string text;
    for (const oci::Scope& scope : scopes) {
        text += text.empty() ? "" : " ";
        text += scope.type + ":" + scope.name + ":";
        for (const oci::Action action : scope.actions) {
            text += text.ends_with(':') ? "" : ",";
            text += oci::name_of(action);
        }
    }
    return text;
}

}  // namespace

std::optional<std::string> service_of(const http::Exchange& exchange) {
    const auto host = exchange.host();
    if (!host || host->empty() || host->size() > kServiceLengthMax) {
        return std::nullopt;
    }
    std::string service(*host);
    for (char& c : service) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    if (!std::ranges::all_of(service, is_host_character)) {
        return std::nullopt;
    }
    return service;
}

Result<std::optional<std::string_view>> authorization_of(const http::RequestHead& request) {
    std::optional<std::string_view> found;
    for (const http::HeaderView& header : request.headers) {
        if (!http::equal_ignoring_case(header.name, "Authorization")) {
            continue;
        }
        if (found) {
            return fail(Errc::unauthenticated, "more than one Authorization header");
        }
        found = header.value;
    }
    return found;
}

bool asks_for_challenge(const http::RequestHead& request) {
    return !request.chunked && request.content_length.value_or(0) == 0 &&
           !request.header("Content-Type") && !request.header("Authorization");
}

std::string challenge_text(std::string_view service, bool secure,
                           const std::vector<oci::Scope>& scopes, Errc why) {
    std::string text = "Bearer realm=\"";
    text += secure ? "https://" : "http://";
    text.append(service).append("/oauth2/token\",service=\"").append(service).append("\"");
    if (!scopes.empty()) {
        text.append(",scope=\"").append(scope_text(scopes)).append("\"");
    }
    if (const std::string_view error = error_word(why); !error.empty()) {
        text.append(",error=\"").append(error).append("\"");
    }
    return text;
}

}  // namespace berth::api
