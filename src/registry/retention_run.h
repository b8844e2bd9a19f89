// SPDX-License-Identifier: Apache-2.0
//
// One application of retention rules (docs/retention.md), in bounded steps: look() picks candidates
// from a page of the catalog, apply() asks everything again in the transaction that deletes them. A
// dry run applies nothing and remembers what would be gone, so it reports what a run would do.
// Deciding is retention_decision.h's. One thread at a time; between steps anybody may change the
// catalog.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "meta/retention_items.h"
#include "meta/retention_rules.h"
#include "oci/digest.h"
#include "registry/retention_decision.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace berth::registry {

struct RetentionOptions {
    Timestamp now;
    std::int64_t lease = 0;       // ticks; RetentionTerms::lease
    std::int64_t keep_ticks = 0;  // how long what is deleted can be restored
    bool dry_run = false;
};

struct RetentionFinding {
    explicit RetentionFinding(const oci::Digest& manifest) : digest(manifest) {}

    std::string rule;
    std::string repository;
    std::string tag;  // empty: a manifest without one
    oci::Digest digest;
    RetentionDecision decision;
    std::string went_with;  // digest text of the manifest that took this one along
};

using RetentionFindings = std::vector<RetentionFinding>;

/// Errc::bad_request, for an operator, when the rule would delete everything or says two things.
Result<void> check_retention_rule(const meta::RetentionRuleRow& rule);

class RetentionRun {
  public:
    RetentionRun(std::vector<meta::RetentionRuleRow> rules, RetentionOptions options)
        : rules_(std::move(rules)), options_(options) {}

    struct Position {
        std::size_t rule = 0;
        std::string last_repository;
        std::optional<meta::NamedRepository> repository;
        bool counting = false;  // first the newest are found
        std::string last;       // tag, or digest in stored form
        NewestItems newest{0};
    };

    struct Look {
        Position next;
        std::vector<meta::RetentionItem> candidates;
        RetentionFindings kept;
    };

    bool done() const { return position_.rule >= rules_.size(); }

    /// A page further; only reads. Then apply() its candidates, if there are any, and go_on().
    Result<Look> look(db::Session& session) const;
    /// Asks again and deletes; of a dry run only remembers. Answers what became of each candidate
    /// and what went with it.
    Result<RetentionFindings> apply(db::Session& session,
                                    const std::vector<meta::RetentionItem>& candidates);

    void go_on(Look look) { position_ = std::move(look.next); }

  private:
    class Step;

    const meta::RetentionRuleRow& rule() const { return rules_[position_.rule]; }

    RetentionTerms terms() const;
    Result<void> find_repository(db::Session& session, Look& look) const;
    Result<void> read_page(db::Session& session, Look& look) const;
    Result<bool> is_relevant(db::Session& session, const meta::RetentionItem& item) const;
    Result<bool> do_newest_stand(db::Session& session) const;
    bool is_gone(meta::RepositoryId repository, const oci::Digest& digest) const;

    std::vector<meta::RetentionRuleRow> rules_;
    RetentionOptions options_;
    Position position_;
    // Of a dry run.
    std::set<std::pair<meta::RepositoryId, oci::Digest>> gone_manifests_;
    std::set<std::pair<meta::RepositoryId, std::string>> gone_tags_;
};

}  // namespace berth::registry
