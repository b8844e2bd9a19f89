// SPDX-License-Identifier: Apache-2.0
//
// The first line as an operator's list of trusted proxies, the others as X-Forwarded-For, -Host and
// -Proto of a request that one of them hands on. What comes out is an address and a host that can
// be quoted; who trusts nobody hears nothing.
#include "http/forwarded.h"

#include "base/assert.h"
#include "base/ip_network.h"
#include "http/testing/fake_body.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace {

using namespace berth;

std::string_view take_line(std::string_view& text) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    return line;
}

void check(const http::Exchange& exchange) {
    const auto address = IpAddress::parse(exchange.remote_address);
    BERTH_CHECK(address.has_value());
    BERTH_CHECK(IpAddress::parse(address->text()) == address);
    BERTH_CHECK(IpAddress::parse(counted_address(exchange.remote_address)) ==
                address->prefix(address->is_v4() ? 32 : 64));
    if (exchange.forwarded_host) {
        BERTH_CHECK(!exchange.forwarded_host->empty());
        BERTH_CHECK(exchange.forwarded_host->find_first_of("\"'<>\\/ \t\r\n") == std::string::npos);
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view rest(reinterpret_cast<const char*>(data), size);
    const std::string_view list = take_line(rest);
    http::RequestHead head;
    head.headers.push_back({"Host", "registry.test"});
    const std::string_view names[] = {"X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto"};
    for (std::size_t i = 0; !rest.empty() && i < 30; ++i) {
        head.headers.push_back({names[i % 3], take_line(rest)});
    }
    http::FakeBody body({});
    const auto proxies = http::TrustedProxies::parse(list);
    BERTH_CHECK(proxies || proxies.error().code == Errc::bad_request);
    for (const std::string_view peer : {"10.0.0.1", "2001:db8::1", "203.0.113.9"}) {
        http::Exchange ignored(head, body, peer, false);
        BERTH_CHECK(http::TrustedProxies().apply(ignored));
        BERTH_CHECK(ignored.remote_address == peer && !ignored.forwarded_host && !ignored.secure);
        if (!proxies) {
            continue;
        }
        http::Exchange believed(head, body, peer, false);
        const Result<void> applied = proxies->apply(believed);
        BERTH_CHECK(applied || applied.error().code == Errc::bad_request);
        check(believed);
        BERTH_CHECK(proxies->trusts(peer) || believed.remote_address == peer);
    }
    return 0;
}
