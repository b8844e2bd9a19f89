// SPDX-License-Identifier: Apache-2.0
//
// What the catalog says about other issuers at one access generation: who is trusted, by which
// rules, who is blocked. Immutable: any thread. Decides whom a verified token stands for; fetches
// and verifies nothing.
#pragma once

#include "auth/oidc/foreign_token.h"
#include "auth/oidc/issuer_document.h"
#include "auth/oidc/trust_rule.h"
#include "base/error.h"
#include "db/sql.h"
#include "oci/access.h"

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

/// Longer subjects are refused: they become names in tokens and logs.
inline constexpr std::size_t kSubjectBytesMax = 255;
/// Neither empty nor too long, in printable ASCII.
bool is_usable_subject(std::string_view subject);

struct TrustedRule {
    TrustedRule() = default;

    std::string name;
    std::int64_t epoch = 0;
    TrustRule rule;
    oci::Rules rights;  // of its scope maps
};

struct TrustedIssuer {
    TrustedIssuer() = default;

    std::string name;
    std::int64_t epoch = 0;
    IssuerDocument document;
    std::vector<IssuerLocation> locations;
    std::vector<TrustedRule> rules;
    std::set<std::string, std::less<>> blocked;
};

class TrustBook {
  public:
    /// Of an issuer or rule that this program cannot read nothing is taken.
    struct Problem {
        std::string issuer;
        std::string rule;  // empty: the issuer's own document
        std::string reason;
    };

    /// Whose `iss` a token says.
    struct Home {
        const TrustedIssuer* issuer = nullptr;
        const IssuerLocation* location = nullptr;
    };

    /// The enabled issuers. Errors: the database's.
    static Result<std::shared_ptr<const TrustBook>> load(db::Session& session,
                                                         std::int64_t generation);
    TrustBook(const TrustBook&) = delete;
    TrustBook& operator=(const TrustBook&) = delete;

    std::int64_t generation() const { return generation_; }

    const std::vector<Problem>& problems() const { return problems_; }

    const std::map<std::string, TrustedIssuer, std::less<>>& issuers() const { return issuers_; }

    /// Both nullptr when nobody trusted says this of itself.
    Home find_home(std::string_view iss) const;

    /// Whom the verified claims stand for. Errors: token_invalid for another audience or tenant, a
    /// time out of range, no usable subject; denied when no rule gives it any right, or it is
    /// blocked.
    static Result<oci::Principal> admit(const Home& home, const ForeignClaims& claims, Seconds now);
    /// The same again for what was admitted once. Errc::token_invalid when anything that it hangs
    /// on is gone, has changed, or the subject is blocked.
    Result<oci::Principal> readmit(const oci::Trust& trust) const;

  private:
    explicit TrustBook(std::int64_t generation) : generation_(generation) {}

    Result<void> add_issuer(db::Session& session, const std::string& name, std::int64_t epoch,
                            std::string_view document);
    Result<void> add_rules(db::Session& session, TrustedIssuer& issuer);

    std::int64_t generation_;
    std::map<std::string, TrustedIssuer, std::less<>> issuers_;
    std::map<std::string, Home, std::less<>> homes_;  // by iss; into issuers_
    std::vector<Problem> problems_;
};

using TrustBookPtr = std::shared_ptr<const TrustBook>;

}  // namespace berth::auth
