// SPDX-License-Identifier: Apache-2.0
#include "api/acr_headers.h"

#include "base/random.h"

#include <algorithm>
#include <array>

namespace berth::api {

namespace {

constexpr const char* kTransportSecurity = "max-age=31536000; includeSubDomains";
constexpr std::string_view kTransportSecurityName = "Strict-Transport-Security";
constexpr std::array<const char*, 4> kExposed{"Docker-Content-Digest", "WWW-Authenticate", "Link",
                                              "X-Ms-Correlation-Request-Id"};
constexpr std::size_t kClientRequestIdMax = 256;

bool before(const http::Header& a, const http::Header& b) {
    return std::ranges::lexicographical_compare(a.name, b.name, [](char x, char y) {
        return std::tolower(static_cast<unsigned char>(x)) <
               std::tolower(static_cast<unsigned char>(y));
    });
}

/// By insertion: a dozen headers, no allocation.
void sort_stably(std::vector<http::Header>& headers) {
    for (auto next = headers.begin(); next != headers.end(); ++next) {
        std::rotate(std::upper_bound(headers.begin(), next, *next, before), next, next + 1);
    }
}

}  // namespace

void add_acr_headers(http::Response& response, HeaderSet set, const std::string& correlation_id,
                     std::optional<std::string_view> client_request_id) {
    auto& headers = response.headers;
    headers.reserve(headers.size() + 12);
    if (set == HeaderSet::token) {
        headers.emplace_back("X-Ms-Correlation-Request-Id", correlation_id);
    } else if (set != HeaderSet::edge) {
        if (set != HeaderSet::route_miss) {
            for (const char* name : kExposed) {
                headers.emplace_back("Access-Control-Expose-Headers", name);
            }
        }
        headers.emplace_back("Docker-Distribution-Api-Version", "registry/2.0");
        headers.emplace_back(kTransportSecurityName, kTransportSecurity);
        headers.emplace_back("X-Content-Type-Options", "nosniff");
        headers.emplace_back("X-Ms-Correlation-Request-Id", correlation_id);
    }
    if (set == HeaderSet::identified) {
        headers.emplace_back(
            "X-Ms-Client-Request-Id",
            std::string(client_request_id.value_or("").substr(0, kClientRequestIdMax)));
        headers.emplace_back("X-Ms-Request-Id", make_uuid());
    }
    // The application sorts its headers; the edge then adds its own at the very end.
    sort_stably(headers);
    headers.emplace_back(kTransportSecurityName, kTransportSecurity);
}

}  // namespace berth::api
