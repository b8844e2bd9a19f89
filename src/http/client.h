// SPDX-License-Identifier: Apache-2.0
//
// One outgoing GET. Made for fetching what somebody else names, so it goes nowhere on its own: no
// redirects, no proxies, no cookies; the address is looked at before it is connected to, and what
// is connected to is that address, not the name a second time. Everything is bounded.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "io/client_tls.h"
#include "io/loop.h"
#include "io/task.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace berth::http {

struct ClientRequest {
    explicit ClientRequest(std::string absolute_url) : url(std::move(absolute_url)) {}

    std::string url;
    std::string accept = "application/json";
    /// Who is trusted to be who they say; required for https.
    std::shared_ptr<const io::ClientTls> tls;
    /// Also addresses that are not on the public Internet.
    bool allow_private = false;
    /// Plain http, to addresses of this machine only; only together with allow_private.
    bool allow_plain_loopback = false;
    std::uint64_t body_bytes_max = 256 * kKiB;
    /// For connecting to one address, and for everything together.
    std::chrono::milliseconds connect_timeout{5000};
    std::chrono::milliseconds deadline{15000};
};

struct ClientResponse {
    ClientResponse() = default;

    int status = 0;
    std::string body;
};

/// On the thread of `loop`, which must outlive the await. A whole response whatever its status, or:
/// bad_request for a URL that is none; denied for a scheme or an address that is not allowed and
/// for a certificate that is not to be trusted; payload_too_large; unavailable when there is no
/// whole, well-formed response in time. Time is looked at once a second. Ends when the loop drains.
io::Task<Result<ClientResponse>> client_get(io::Loop& loop, ClientRequest request);

}  // namespace berth::http
