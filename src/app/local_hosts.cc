// SPDX-License-Identifier: Apache-2.0
#include "app/local_hosts.h"

#include "app/local_mode.h"
#include "http/message.h"

#include <vector>

namespace berth::app {

namespace {

constexpr int kMisdirected = 421;

http::Response misdirected() {
    http::Response response(kMisdirected);
    response.content_type = "text/plain; charset=utf-8";
    response.body = std::string(
        "This server runs in local mode and does not answer under this host name; --local-names "
        "adds names.\n");
    response.close = true;
    return response;
}

}  // namespace

io::Task<http::Response> LocalHosts::handle(http::Exchange& exchange) {
    const std::optional<std::string_view> host = exchange.request.header("Host");
    if (host && !is_local_host(config_, *host)) {
        co_return misdirected();
    }
    http::Response response = co_await registry_.handle(exchange);
    // A browser would keep to it for every other server on the developer's machine.
    std::erase_if(response.headers, [](const http::Header& header) {
        return http::equal_ignoring_case(header.name, "Strict-Transport-Security");
    });
    co_return response;
}

}  // namespace berth::app
