// SPDX-License-Identifier: Apache-2.0
//
// Whether a retention rule deletes a tag or an untagged manifest, and why (docs/retention.md).
// Pure: what the catalog says comes in as facts, so that everything about it can be tested without
// one. retention_run.h collects the facts in the transaction that acts on them.
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace berth::registry {

/// The conditions of a rule; all that are there must hold.
struct RetentionTerms {
    std::optional<std::int64_t> older_than;  // ticks since the last update
    std::optional<std::int64_t> not_pulled_for;
    /// No manifest without a tag is deleted so soon: it may be part of a push under way.
    std::int64_t lease = 0;
};

/// One tag, or one manifest without tags.
struct ItemFacts {
    Timestamp updated;                // of a manifest also: when it last lost a tag
    Timestamp pushed;                 // a manifest, last
    std::optional<Timestamp> pulled;  // when it may have been last
    bool newest = false;              // one of those that keep_last keeps
    bool locked = false;              // or its repository
};

/// What the manifest of the item is tied to.
struct BondFacts {
    bool locked = false;
    bool other_tags = false;
    bool child = false;            // of an index in the repository
    bool subject = false;          // it refers to a manifest in the repository
    bool tagged_referrer = false;  // something tagged refers to it, through any number of others
    bool locked_referrer = false;  // something locked does
    bool referrer_child = false;   // something that an index names does
    /// Within the lease, and after what goes named it: something new is about to name it.
    bool pushed_again = false;
};

enum class Verdict : std::uint8_t {
    keep,
    untag,   // the tag goes, its manifest stays
    remove,  // the manifest goes, with its tag and with what refers to it
};

enum class RetentionReason : std::uint8_t {
    due,  // every condition holds
    newest,
    too_young,
    pulled_lately,
    lease,
    locked,
    manifest_locked,
    other_tags,
    child,
    subject,
    tagged_referrer,
    locked_referrer,
    referrer_child,
    changed,  // meanwhile: the next run looks at it again
};

/// `newest`, `too_young`, ...: for reports and the audit log.
std::string_view name_of(RetentionReason reason);
/// A sentence for an operator.
std::string_view explain(RetentionReason reason);

struct RetentionDecision {
    Verdict verdict = Verdict::keep;
    RetentionReason reason = RetentionReason::due;

    friend bool operator==(const RetentionDecision&, const RetentionDecision&) = default;
};

/// As far as the item alone decides: keep, or nullopt when its bonds have to be looked at.
std::optional<RetentionDecision> decide_alone(const RetentionTerms& terms, const ItemFacts& item,
                                              Timestamp now);
RetentionDecision decide_tag(const RetentionTerms& terms, const ItemFacts& item,
                             const BondFacts& bonds, Timestamp now);
RetentionDecision decide_untagged(const RetentionTerms& terms, const ItemFacts& item,
                                  const BondFacts& bonds, Timestamp now);
/// A child of an index that was removed: it goes along unless something else holds it.
RetentionDecision decide_child(const BondFacts& bonds);

/// The newest N of the items it was shown; ties go by name, the greater one being newer.
class NewestItems {
  public:
    explicit NewestItems(std::size_t count) : count_(count) {}

    void show(Timestamp updated, std::string name);
    /// Also true of what is newer than one of them: it was pushed, or moved, since they were shown.
    bool has(Timestamp updated, const std::string& name) const;

    /// Times and names, the oldest first.
    const std::set<std::pair<std::int64_t, std::string>>& items() const { return kept_; }

  private:
    std::size_t count_;
    std::set<std::pair<std::int64_t, std::string>> kept_;
};

/// What a tag that carries a signature, an attestation or an SBOM of another manifest is about
/// (`sha256-HEX`, `sha256-HEX.sig`, ...): the text of that manifest's digest; empty for other tags.
/// Such a tag stays as long as that manifest does, and is not counted.
std::string companion_of(std::string_view tag);

}  // namespace berth::registry
