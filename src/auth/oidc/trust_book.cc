// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/trust_book.h"

#include "base/try.h"
#include "meta/issuers.h"
#include "meta/scope_maps.h"

#include <algorithm>
#include <utility>

namespace berth::auth {
namespace {

/// Of Entra ID the one that is the same with every app.
std::string subject_of(const IssuerDocument& document, const ForeignClaims& claims) {
    const bool has_object = document.preset == IssuerPreset::entra && !claims.object_id.empty();
    return has_object ? claims.object_id : claims.subject;
}

bool is_for_us(const IssuerDocument& document, const ForeignClaims& claims) {
    return std::ranges::any_of(claims.audiences, [&document](const std::string& audience) {
        return std::ranges::find(document.audiences, audience) != document.audiences.end();
    });
}

/// For the log, which needs no more than the beginning.
std::string joined(const std::vector<std::string>& texts) {
    constexpr std::size_t kShownMax = 200;
    std::string text;
    for (const std::string& item : texts) {
        text += text.empty() ? "" : ", ";
        text += item.substr(0, kShownMax);
        if (text.size() >= kShownMax) {
            return text.substr(0, kShownMax) + "...";
        }
    }
    return text;
}

Result<void> check_claims(const TrustBook::Home& home, const ForeignClaims& claims, Seconds now) {
    const IssuerDocument& document = home.issuer->document;
    switch (check_time(claims, now, document.clock_skew)) {
        case TokenTime::expired:
            return fail(Errc::token_invalid, "the token has expired");
        case TokenTime::not_yet:
            return fail(Errc::token_invalid, "the token is not valid yet");
        case TokenTime::good:
            break;
    }
    if (!is_for_us(document, claims)) {
        return fail(Errc::token_invalid,
                    "the token is for another audience: " + joined(claims.audiences));
    }
    if (!home.location->tenant.empty() && claims.tenant != home.location->tenant) {
        return fail(Errc::token_invalid, "the token's tenant is not its issuer's");
    }
    if (!is_usable_subject(subject_of(document, claims))) {
        return fail(Errc::token_invalid, "the token's subject is missing, too long or not ASCII");
    }
    return {};
}

/// What several rules give together, each right once.
void add_rights(oci::Rules& all, const oci::Rules& more) {
    for (const oci::Rule& right : more) {
        if (std::ranges::find(all, right) == all.end()) {
            all.push_back(right);
        }
    }
}

oci::Principal principal_of(oci::Trust trust, oci::Rules rights) {
    oci::Principal principal;
    principal.kind = oci::Principal::Kind::federated;
    principal.name = trust.issuer + ":" + trust.subject;
    principal.rules = std::make_shared<const oci::Rules>(std::move(rights));
    principal.trust = std::make_shared<const oci::Trust>(std::move(trust));
    return principal;
}

}  // namespace

bool is_usable_subject(std::string_view subject) {
    return !subject.empty() && subject.size() <= kSubjectBytesMax &&
           std::ranges::all_of(subject, [](char c) { return c >= ' ' && c <= '~'; });
}

Result<TrustBookPtr> TrustBook::load(db::Session& session, std::int64_t generation) {
    std::unique_ptr<TrustBook> book(new TrustBook(generation));
    BERTH_TRY(const std::vector<meta::IssuerRow> rows, meta::list_issuers(session));
    for (const meta::IssuerRow& row : rows) {
        if (row.enabled) {
            BERTH_TRY_VOID(book->add_issuer(session, row.name, row.epoch, row.document));
        }
    }
    return TrustBookPtr(std::move(book));
}

Result<void> TrustBook::add_issuer(db::Session& session, const std::string& name,
                                   std::int64_t epoch, std::string_view document) {
    Result<IssuerDocument> parsed = parse_issuer_document(document);
    if (!parsed) {
        problems_.push_back(Problem{name, "", parsed.error().log_detail});
        return {};
    }
    TrustedIssuer made;
    made.name = name;
    made.epoch = epoch;
    made.document = *std::move(parsed);
    made.locations = locations_of(made.document);
    BERTH_TRY_VOID(add_rules(session, made));
    BERTH_TRY(const std::vector<std::string> blocked, meta::list_blocked_subjects(session, name));
    made.blocked.insert(blocked.begin(), blocked.end());
    const TrustedIssuer& issuer = issuers_.insert_or_assign(name, std::move(made)).first->second;
    for (const IssuerLocation& location : issuer.locations) {
        if (!homes_.try_emplace(location.issuer, Home{&issuer, &location}).second) {
            problems_.push_back(
                Problem{name, "", location.issuer + " is another issuer of the catalog already"});
        }
    }
    return {};
}

Result<void> TrustBook::add_rules(db::Session& session, TrustedIssuer& issuer) {
    BERTH_TRY(const std::vector<meta::TrustRuleRow> rows,
              meta::list_trust_rules(session, issuer.name));
    for (const meta::TrustRuleRow& row : rows) {
        Result<TrustRule> parsed = parse_trust_rule(row.document);
        if (!parsed) {
            problems_.push_back(Problem{issuer.name, row.name, parsed.error().log_detail});
            continue;
        }
        TrustedRule rule;
        rule.name = row.name;
        rule.epoch = row.epoch;
        rule.rule = *std::move(parsed);
        for (const std::string& scope_map : rule.rule.scope_maps) {
            BERTH_TRY_VOID(meta::read_rules(session, scope_map, rule.rights));
        }
        issuer.rules.push_back(std::move(rule));
    }
    return {};
}

TrustBook::Home TrustBook::find_home(std::string_view iss) const {
    const auto found = homes_.find(iss);
    return found == homes_.end() ? Home() : found->second;
}

Result<oci::Principal> TrustBook::admit(const Home& home, const ForeignClaims& claims,
                                        Seconds now) {
    BERTH_TRY_VOID(check_claims(home, claims, now));
    const TrustedIssuer& issuer = *home.issuer;
    oci::Trust trust;
    trust.issuer = issuer.name;
    trust.subject = subject_of(issuer.document, claims);
    trust.issuer_epoch = issuer.epoch;
    if (issuer.blocked.contains(trust.subject)) {
        return fail(Errc::denied, "'" + trust.subject + "' is blocked");
    }
    oci::Rules rights;
    for (const TrustedRule& rule : issuer.rules) {
        if (matches(rule.rule, claims.texts)) {
            trust.matches.push_back(oci::Trust::Match{rule.name, rule.epoch});
            add_rights(rights, rule.rights);
        }
    }
    if (rights.empty()) {
        return fail(Errc::denied, trust.matches.empty()
                                      ? "no rule is for '" + trust.subject + "'"
                                      : "the rules for '" + trust.subject + "' give no rights");
    }
    return principal_of(std::move(trust), std::move(rights));
}

Result<oci::Principal> TrustBook::readmit(const oci::Trust& trust) const {
    const auto issuer = issuers_.find(trust.issuer);
    if (issuer == issuers_.end() || issuer->second.epoch != trust.issuer_epoch) {
        return fail(Errc::token_invalid, "its issuer is gone, disabled or changed");
    }
    if (issuer->second.blocked.contains(trust.subject)) {
        return fail(Errc::token_invalid, "its subject is blocked");
    }
    oci::Rules rights;
    for (const oci::Trust::Match& match : trust.matches) {
        const auto rule = std::ranges::find(issuer->second.rules, match.rule, &TrustedRule::name);
        if (rule == issuer->second.rules.end() || rule->epoch != match.epoch) {
            return fail(Errc::token_invalid, "a rule that it hangs on is gone or changed");
        }
        add_rights(rights, rule->rights);
    }
    return principal_of(trust, std::move(rights));
}

}  // namespace berth::auth
