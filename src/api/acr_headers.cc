// SPDX-License-Identifier: Apache-2.0
#include "api/acr_headers.h"

#include "base/random.h"

#include <algorithm>
#include <array>
#include <span>

namespace berth::api {

namespace {

using http::HeaderView;

constexpr std::size_t kClientRequestIdMax = 256;
constexpr HeaderView kTransportSecurity{"Strict-Transport-Security",
                                        "max-age=31536000; includeSubDomains"};

// The lines that are the same in every answer of a set, in wire order. The application sorts its
// headers, among them its own Strict-Transport-Security; the edge adds another at the very end.
constexpr std::array kPlain{
    HeaderView{"Access-Control-Expose-Headers", "Docker-Content-Digest"},
    HeaderView{"Access-Control-Expose-Headers", "WWW-Authenticate"},
    HeaderView{"Access-Control-Expose-Headers", "Link"},
    HeaderView{"Access-Control-Expose-Headers", "X-Ms-Correlation-Request-Id"},
    HeaderView{"Docker-Distribution-Api-Version", "registry/2.0"},
    kTransportSecurity,
    HeaderView{"X-Content-Type-Options", "nosniff"},
};
constexpr std::span kRouteMiss = std::span(kPlain).last<3>();
constexpr std::array kEdge{kTransportSecurity};

constexpr http::CommonHeaders kPlainHeaders{kPlain, kEdge};
constexpr http::CommonHeaders kRouteMissHeaders{kRouteMiss, kEdge};
constexpr http::CommonHeaders kEdgeHeaders{{}, kEdge};

const http::CommonHeaders& common_headers(HeaderSet set) {
    switch (set) {
        case HeaderSet::plain:
        case HeaderSet::identified:
            return kPlainHeaders;
        case HeaderSet::route_miss:
            return kRouteMissHeaders;
        case HeaderSet::edge:
        case HeaderSet::token:
            break;
    }
    return kEdgeHeaders;
}

/// By insertion: a few headers, no allocation, equal names stay in order.
void sort_stably(std::vector<http::Header>& headers) {
    const auto before = [](const http::Header& a, const http::Header& b) {
        return http::stands_before(a.name, b.name);
    };
    for (auto next = headers.begin(); next != headers.end(); ++next) {
        std::rotate(std::upper_bound(headers.begin(), next, *next, before), next, next + 1);
    }
}

}  // namespace

void add_acr_headers(http::Response& response, HeaderSet set, const std::string& correlation_id,
                     std::optional<std::string_view> client_request_id) {
    auto& headers = response.headers;
    headers.reserve(headers.size() + 3);
    if (set == HeaderSet::identified) {
        headers.emplace_back(
            "X-Ms-Client-Request-Id",
            std::string(client_request_id.value_or("").substr(0, kClientRequestIdMax)));
    }
    if (set != HeaderSet::edge) {
        headers.emplace_back(kCorrelationIdHeader, correlation_id);
    }
    if (set == HeaderSet::identified) {
        headers.emplace_back("X-Ms-Request-Id", make_uuid());
    }
    sort_stably(headers);
    response.common = &common_headers(set);
}

}  // namespace berth::api
