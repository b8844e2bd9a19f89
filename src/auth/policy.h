// SPDX-License-Identifier: Apache-2.0
//
// Principal + Action -> allowed or not. The only place that decides; pure, no I/O.
#pragma once

#include "oci/access.h"

#include <cstdint>
#include <string_view>

namespace berth::auth {

enum class AnonymousAccess : std::uint8_t { none, read, write };

class Policy {
  public:
    explicit Policy(AnonymousAccess anonymous) : anonymous_(anonymous) {}

    /// True when `principal` may do every action of `scope`. A scope without actions ("any valid
    /// caller", GET /v2/) needs an account or an anonymous mode other than none.
    bool allows(const oci::Principal& principal, const oci::Scope& scope) const;

  private:
    AnonymousAccess anonymous_;
};

}  // namespace berth::auth
