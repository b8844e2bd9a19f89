// SPDX-License-Identifier: Apache-2.0
#include "api/error_response.h"

#include "base/assert.h"
#include "base/encode.h"

#include <array>
#include <chrono>
#include <string>

namespace berth::api {

namespace {

constexpr std::string_view kJson = "application/json; charset=utf-8";

/// When a 429, 503 or 507 knows no better.
constexpr std::chrono::seconds kRetryAfter{1};

constexpr std::string_view kUnauthorized =
    "authentication required, visit https://aka.ms/acr/authorization for more information.";

constexpr std::array<ErrorMapping, kErrcCount> kCatalogue{{
    {Errc::name_unknown, 404, "NAME_UNKNOWN", "repository name not known to registry"},
    {Errc::manifest_unknown, 404, "MANIFEST_UNKNOWN", "manifest unknown"},
    {Errc::tag_unknown, 404, "TAG_UNKNOWN", "the specified tag does not exist"},
    {Errc::blob_unknown, 404, "BLOB_UNKNOWN", "blob unknown to registry"},
    {Errc::upload_unknown, 404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry"},
    {Errc::name_invalid, 400, "NAME_INVALID", "invalid repository name"},
    {Errc::tag_invalid, 400, "TAG_INVALID", "manifest tag did not match URI"},
    {Errc::digest_invalid, 400, "DIGEST_INVALID", "provided digest did not match uploaded content"},
    {Errc::manifest_invalid, 400, "MANIFEST_INVALID", "manifest invalid"},
    {Errc::manifest_blob_unknown, 400, "MANIFEST_BLOB_UNKNOWN", "blob unknown to registry"},
    {Errc::manifest_too_large, 400, "MANIFEST_INVALID", "manifest invalid"},
    {Errc::size_invalid, 400, "SIZE_INVALID", "provided length did not match content length"},
    {Errc::upload_invalid, 404, "BLOB_UPLOAD_INVALID", "blob upload invalid"},
    {Errc::upload_range_invalid, 416, "BLOB_UPLOAD_RANGE_INVALID", "blob upload range invalid"},
    {Errc::range_not_satisfiable, 416, "RANGE_INVALID", "requested range not satisfiable"},
    {Errc::pagination_invalid, 400, "PAGINATION_NUMBER_INVALID",
     "invalid number of results requested"},
    {Errc::too_many_tags, 414, "TAG_INVALID", "too many tags in one push"},
    {Errc::bad_request, 400, "BAD_REQUEST", "bad request"},
    {Errc::payload_too_large, 413, "BLOB_UPLOAD_INVALID", "blob is larger than the limit"},
    {Errc::attributes_too_large, 413, "BAD_REQUEST", "the attributes are larger than the limit"},
    {Errc::unsupported, 405, "UNSUPPORTED", "The operation is unsupported."},
    {Errc::unauthenticated, 401, "UNAUTHORIZED", kUnauthorized},
    {Errc::token_malformed, 401, "UNAUTHORIZED", kUnauthorized},
    {Errc::token_invalid, 401, "UNAUTHORIZED", kUnauthorized},
    {Errc::scope_insufficient, 401, "UNAUTHORIZED", kUnauthorized},
    {Errc::denied, 403, "DENIED", "requested access to the resource is denied"},
    {Errc::disallowed, 405, "REGISTRY_DISALLOWED_OPERATION",
     "The operation is disallowed on this registry, repository or image. View troubleshooting "
     "steps at "
     "https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-operation"},
    {Errc::rate_limited, 429, "TOOMANYREQUESTS", "too many requests"},
    {Errc::conflict, 409, "CONFLICT", "the item is in use by another request"},
    {Errc::timeout, 408, "TIMEOUT", "the request took too long"},
    {Errc::cancelled, 400, "CANCELLED", "the client went away"},
    {Errc::unavailable, 503, "UNAVAILABLE", "service unavailable"},
    {Errc::disk_full, 507, "UNAVAILABLE", "no space left to store the content"},
    {Errc::read_only, 503, "UNAVAILABLE", "the store is read-only"},
    {Errc::io_error, 500, "UNKNOWN", "unknown error"},
    {Errc::corrupt, 500, "UNKNOWN", "stored content is damaged"},
    {Errc::internal, 500, "UNKNOWN", "unknown error"},
}};

constexpr bool in_order() {
    for (std::size_t i = 0; i < kCatalogue.size(); ++i) {
        if (kCatalogue[i].code != static_cast<Errc>(i)) {
            return false;
        }
    }
    return true;
}

static_assert(in_order(), "one line per Errc, in its order");

std::string entry(std::string_view code, std::string_view message, std::string_view detail) {
    std::string text = "{\"code\":";
    text += json_quote(code);
    text += ",\"message\":";
    text += json_quote(message);
    if (!detail.empty()) {
        text += ",\"detail\":";
        text += detail;
    }
    text += "}";
    return text;
}

http::Response envelope(int status, std::string entries) {
    http::Response response(status);
    response.content_type = kJson;
    response.body = "{\"errors\":[" + std::move(entries) + "]}\n";
    return response;
}

/// A locked operation says `{}` and not what is locked (acr-wire 3.2).
std::string_view detail_of(const Error& error) {
    if (error.wire_detail.empty() && error.code == Errc::disallowed) {
        return "{}";
    }
    return error.wire_detail;
}

std::string access_detail(const std::vector<oci::Scope>& scopes) {
    if (scopes.empty()) {
        return "null";
    }
    std::string text = "[";
    for (const oci::Scope& scope : scopes) {
        for (const oci::Action action : scope.actions) {
            text += text.size() > 1 ? "," : "";
            text += "{\"Type\":" + json_quote(scope.type) + ",\"Name\":" + json_quote(scope.name) +
                    ",\"Action\":" + json_quote(oci::name_of(action)) + "}";
        }
    }
    return text + "]";
}

}  // namespace

const ErrorMapping& mapping_of(Errc code) {
    const auto index = static_cast<std::size_t>(code);
    BERTH_CHECK(index < kCatalogue.size());
    return kCatalogue[index];
}

http::Response error_response(const Error& error) {
    const ErrorMapping& mapping = mapping_of(error.code);
    const std::string_view message = error.message.empty() ? mapping.message : error.message;
    std::string entries;
    for (const std::string& item : error.items) {
        entries += entries.empty() ? "" : ",";
        entries += entry(mapping.oci_code, message, json_quote(item));
    }
    if (error.items.empty()) {
        entries = entry(mapping.oci_code, message, detail_of(error));
    }
    http::Response response = envelope(mapping.status, std::move(entries));
    if (mapping.status == 503 || mapping.status == 507 || mapping.status == 429) {
        const std::chrono::seconds wait = error.retry_after.value_or(kRetryAfter);
        response.headers.emplace_back("Retry-After", std::to_string(wait.count()));
    }
    return response;
}

http::Response unauthorized_response(const std::vector<oci::Scope>& scopes, std::string challenge) {
    const ErrorMapping& mapping = mapping_of(Errc::unauthenticated);
    http::Response response =
        envelope(mapping.status, entry(mapping.oci_code, mapping.message, access_detail(scopes)));
    response.headers.emplace_back("Www-Authenticate", std::move(challenge));
    return response;
}

http::Response sign_in_refused_response(const std::string& correlation_id) {
    const ErrorMapping& mapping = mapping_of(Errc::unauthenticated);
    const std::string message = std::string(mapping.message) + " CorrelationId: " + correlation_id;
    return envelope(mapping.status, entry(mapping.oci_code, message, ""));
}

http::Response protocol_error_response(const http::ProtocolError& error) {
    return envelope(error.status, entry("BAD_REQUEST", error.reason, ""));
}

}  // namespace berth::api
