// SPDX-License-Identifier: Apache-2.0
//
// Principal + Action -> allowed or not. The only place that decides; pure, no I/O.
#pragma once

#include "oci/access.h"

#include <cstdint>
#include <vector>

namespace berth::auth {

enum class AnonymousAccess : std::uint8_t { none, read, write };

class Policy {
  public:
    explicit Policy(AnonymousAccess anonymous) : anonymous_(anonymous) {}

    /// True when `principal` may do every action of `scope`, and its token, if it came with one,
    /// says so too. A scope without actions ("any valid caller", GET /v2/) needs an account or an
    /// anonymous mode other than none.
    bool allows(const oci::Principal& principal, const oci::Scope& scope) const;

    /// What of `wanted` an access token for `principal` may carry: rights that are missing are left
    /// out, and so are scopes of which nothing remains (acr-wire 4.5). `*` on a repository becomes
    /// the actions that are allowed, unless all are.
    std::vector<oci::Scope> granted(const oci::Principal& principal,
                                    const std::vector<oci::Scope>& wanted) const;

  private:
    AnonymousAccess anonymous_;
};

}  // namespace berth::auth
