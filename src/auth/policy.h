// SPDX-License-Identifier: Apache-2.0
//
// Principal + Action -> allowed or not. The only place that decides; pure, no I/O.
#pragma once

#include "base/error.h"
#include "oci/access.h"
#include "oci/name_ranges.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

enum class AnonymousAccess : std::uint8_t { none, read, write };

/// What callers without an account may do, and where.
struct AnonymousRights {
    AnonymousRights() = default;

    /// Of every repository.
    explicit AnonymousRights(AnonymousAccess granted) : access(granted) {}

    AnonymousAccess access = AnonymousAccess::none;
    std::vector<std::string> patterns = {"*"};
};

/// `public/*,library/alpine` -> patterns. Errc::bad_request, for the operator, names the wrong one.
Result<std::vector<std::string>> parse_patterns(std::string_view text);

struct Decision {
    bool allowed = false;
    /// What says so, for the audit log: `admin`, `scope map ci: team/*`, `anonymous: public/*`,
    /// or what is missing: `no rule`, `access token`.
    std::string reason;
};

class Policy {
  public:
    explicit Policy(AnonymousRights anonymous) : anonymous_(std::move(anonymous)) {}

    /// True when `principal` may do every action of `scope`, and its token, if it came with one,
    /// says so too. A scope without actions ("any valid caller", GET /v2/) needs an account or an
    /// anonymous mode other than none.
    bool allows(const oci::Principal& principal, const oci::Scope& scope) const;
    /// The same with its reason, which costs a text.
    Decision decide(const oci::Principal& principal, const oci::Scope& scope) const;

    /// Whether who sends no credentials is to be told to fetch a token first, though it may read:
    /// as ACR does with anonymous pull. A client that was served without one would send no
    /// credentials where they are needed.
    bool wants_anonymous_token() const { return anonymous_.access == AnonymousAccess::read; }

    /// What of `wanted` an access token for `principal` may carry: rights that are missing are left
    /// out, and so are scopes of which nothing remains (acr-wire 4.5). `*` on a repository becomes
    /// the actions that are allowed, unless all are.
    std::vector<oci::Scope> granted(const oci::Principal& principal,
                                    const std::vector<oci::Scope>& wanted) const;

    /// The repositories that a catalog for `principal` may show: those it may pull from or read the
    /// metadata of. An access token narrows which lists its holder may ask for, not this.
    oci::NameRanges visible(const oci::Principal& principal) const;

  private:
    struct Ground;

    Ground ground(const oci::Principal& principal, const oci::Scope& scope,
                  oci::Action action) const;
    bool may_list_catalog(const oci::Principal& principal, std::string_view which) const;
    const std::string* anonymous_pattern(std::string_view repository, oci::Action action) const;

    AnonymousRights anonymous_;
};

}  // namespace berth::auth
