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

/// A browser would keep to it for every other server on the developer's machine.
void drop_transport_security(http::Response& response) {
    std::vector<http::Header> kept;
    http::for_each_header(response, [&kept](std::string_view name, std::string_view value) {
        if (name != "Strict-Transport-Security") {
            kept.emplace_back(name, std::string(value));
        }
    });
    response.headers = std::move(kept);
    response.common = nullptr;
}

}  // namespace

io::Task<http::Response> LocalHosts::handle(http::Exchange& exchange) {
    const std::optional<std::string_view> host = exchange.request.header("Host");
    if (host && !is_local_host(config_, *host)) {
        co_return misdirected();
    }
    http::Response response = co_await registry_.handle(exchange);
    drop_transport_security(response);
    co_return response;
}

}  // namespace berth::app
