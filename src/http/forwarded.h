// SPDX-License-Identifier: Apache-2.0
//
// Behind a proxy: whom a request comes from and what it called us, by the X-Forwarded headers. They
// are believed when the connection comes from a trusted network, and ignored from anybody else.
// The RFC 7239 header `Forwarded` is ignored always. Immutable after parse(); any thread.
#pragma once

#include "base/error.h"
#include "base/ip_network.h"
#include "http/exchange.h"

#include <string_view>
#include <vector>

namespace berth::http {

class TrustedProxies {
  public:
    /// Trusts nobody.
    TrustedProxies() = default;
    /// `10.0.0.0/8, ::1`: networks and addresses with commas between them; empty: none.
    /// Errc::bad_request, for the operator, names the wrong one.
    static Result<TrustedProxies> parse(std::string_view text);

    /// Puts into `exchange` what a trusted proxy says:
    /// - X-Forwarded-For: the last address that is not itself trusted. Text that is no address
    ///   ends the search: the address before it, towards us, counts.
    /// - X-Forwarded-Proto: `https` or `http`. Anything else, and values that differ, leave what
    ///   the connection says.
    /// - X-Forwarded-Host: `host[:port]`. Values that differ leave the Host header.
    /// Errc::bad_request
    ///   when it is malformed: it would be quoted back to the client.
    Result<void> apply(Exchange& exchange) const;

    /// A numeric address of a trusted network.
    bool trusts(std::string_view address) const;

  private:
    bool trusts(const IpAddress& address) const;
    IpAddress client_of(const RequestHead& request, const IpAddress& peer) const;

    std::vector<IpNetwork> networks_;
};

}  // namespace berth::http
