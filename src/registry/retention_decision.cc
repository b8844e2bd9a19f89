// SPDX-License-Identifier: Apache-2.0
#include "registry/retention_decision.h"

#include <algorithm>
#include <array>

namespace berth::registry {
namespace {

RetentionDecision keep(RetentionReason reason) {
    return {.verdict = Verdict::keep, .reason = reason};
}

/// What forbids a manifest's removal, whatever the rule says.
std::optional<RetentionReason> bond_of(const BondFacts& bonds) {
    if (bonds.other_tags) {
        return RetentionReason::other_tags;
    }
    if (bonds.child) {
        return RetentionReason::child;
    }
    if (bonds.subject) {
        return RetentionReason::subject;
    }
    if (bonds.tagged_referrer) {
        return RetentionReason::tagged_referrer;
    }
    if (bonds.locked_referrer) {
        return RetentionReason::locked_referrer;
    }
    if (bonds.referrer_child) {
        return RetentionReason::referrer_child;
    }
    if (bonds.pushed_again) {
        return RetentionReason::lease;
    }
    return std::nullopt;
}

bool is_hex(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

}  // namespace

std::string_view name_of(RetentionReason reason) {
    switch (reason) {
        case RetentionReason::due:
            return "due";
        case RetentionReason::newest:
            return "newest";
        case RetentionReason::too_young:
            return "too_young";
        case RetentionReason::pulled_lately:
            return "pulled_lately";
        case RetentionReason::lease:
            return "lease";
        case RetentionReason::locked:
            return "locked";
        case RetentionReason::manifest_locked:
            return "manifest_locked";
        case RetentionReason::other_tags:
            return "other_tags";
        case RetentionReason::child:
            return "child";
        case RetentionReason::subject:
            return "subject";
        case RetentionReason::tagged_referrer:
            return "tagged_referrer";
        case RetentionReason::locked_referrer:
            return "locked_referrer";
        case RetentionReason::referrer_child:
            return "referrer_child";
        case RetentionReason::changed:
            return "changed";
    }
    return "";
}

std::string_view explain(RetentionReason reason) {
    switch (reason) {
        case RetentionReason::due:
            return "every condition of the rule holds";
        case RetentionReason::newest:
            return "one of the newest";
        case RetentionReason::too_young:
            return "updated lately";
        case RetentionReason::pulled_lately:
            return "pulled lately";
        case RetentionReason::lease:
            return "pushed just now: it may be part of a push under way";
        case RetentionReason::locked:
            return "locked";
        case RetentionReason::manifest_locked:
            return "its manifest is locked";
        case RetentionReason::other_tags:
            return "its manifest has other tags";
        case RetentionReason::child:
            return "part of an index";
        case RetentionReason::subject:
            return "belongs to a manifest that stays";
        case RetentionReason::tagged_referrer:
            return "something tagged refers to it";
        case RetentionReason::locked_referrer:
            return "something locked refers to it";
        case RetentionReason::referrer_child:
            return "a part of an index refers to it";
        case RetentionReason::changed:
            return "changed while the rule was applied";
    }
    return "";
}

std::optional<RetentionDecision> decide_alone(const RetentionTerms& terms, const ItemFacts& item,
                                              Timestamp now) {
    if (item.newest) {
        return keep(RetentionReason::newest);
    }
    if (terms.older_than && now.ticks - item.updated.ticks < *terms.older_than) {
        return keep(RetentionReason::too_young);
    }
    // What nobody pulled since it was pushed has been waiting since then.
    const Timestamp used = std::max(item.updated, item.pulled.value_or(item.updated));
    if (terms.not_pulled_for && now.ticks - used.ticks < *terms.not_pulled_for) {
        return keep(RetentionReason::pulled_lately);
    }
    if (item.locked) {
        return keep(RetentionReason::locked);
    }
    return std::nullopt;
}

RetentionDecision decide_tag(const RetentionTerms& terms, const ItemFacts& item,
                             const BondFacts& bonds, Timestamp now) {
    if (const auto alone = decide_alone(terms, item, now)) {
        return *alone;
    }
    if (bonds.locked) {
        return keep(RetentionReason::manifest_locked);
    }
    if (const auto bond = bond_of(bonds)) {
        return {.verdict = Verdict::untag, .reason = *bond};
    }
    return {.verdict = Verdict::remove, .reason = RetentionReason::due};
}

RetentionDecision decide_untagged(const RetentionTerms& terms, const ItemFacts& item,
                                  const BondFacts& bonds, Timestamp now) {
    if (const auto alone = decide_alone(terms, item, now)) {
        return *alone;
    }
    if (now.ticks - item.pushed.ticks < terms.lease) {
        return keep(RetentionReason::lease);
    }
    return decide_child(bonds);
}

RetentionDecision decide_child(const BondFacts& bonds) {
    if (bonds.locked) {
        return keep(RetentionReason::locked);
    }
    if (const auto bond = bond_of(bonds)) {
        return keep(*bond);
    }
    return {.verdict = Verdict::remove, .reason = RetentionReason::due};
}

void NewestItems::show(Timestamp updated, std::string name) {
    kept_.emplace(updated.ticks, std::move(name));
    if (kept_.size() > count_) {
        kept_.erase(kept_.begin());
    }
}

bool NewestItems::has(Timestamp updated, const std::string& name) const {
    if (kept_.size() < count_) {
        return true;
    }
    return !kept_.empty() && std::pair(updated.ticks, name) >= *kept_.begin();
}

std::string companion_of(std::string_view tag) {
    struct Kind {
        std::string_view prefix;
        std::string_view algorithm;
        std::size_t length;
    };

    static constexpr std::array kKinds{Kind{"sha256-", "sha256:", 64},
                                       Kind{"sha512-", "sha512:", 128}};
    for (const Kind& kind : kKinds) {
        if (!tag.starts_with(kind.prefix)) {
            continue;
        }
        const std::string_view rest = tag.substr(kind.prefix.size());
        const bool ends =
            rest.size() == kind.length || (rest.size() > kind.length && rest[kind.length] == '.');
        if (ends && is_hex(rest.substr(0, kind.length))) {
            std::string digest(kind.algorithm);
            return digest.append(rest.substr(0, kind.length));
        }
    }
    return {};
}

}  // namespace berth::registry
