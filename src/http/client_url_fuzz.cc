// SPDX-License-Identifier: Apache-2.0
//
// The whole input as an address that an issuer's documents name. What is accepted can be put into a
// request without breaking out of it, and written again it is the same address.
#include "http/client_url.h"

#include "base/assert.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const auto url = http::parse_client_url(text);
    if (!url) {
        return 0;
    }
    BERTH_CHECK(size <= http::kClientUrlBytesMax && !url->host.empty() && url->port != 0);
    BERTH_CHECK(url->target.starts_with('/'));
    for (const std::string& part : {url->host, url->authority, url->target}) {
        for (const char c : part) {
            BERTH_CHECK(c > ' ' && c < 0x7f);
        }
    }
    const auto again = http::parse_client_url((url->secure ? "https://" : "http://") +
                                              url->authority + url->target);
    BERTH_CHECK(again && again->host == url->host && again->port == url->port);
    BERTH_CHECK(again->target == url->target && again->authority == url->authority);
    return 0;
}
