// SPDX-License-Identifier: Apache-2.0
#include "registry/retention_run.h"

#include "base/try.h"
#include "meta/manifest_rows.h"
#include "meta/manifests.h"
#include "meta/tags.h"
#include "oci/glob.h"
#include "registry/pull_times.h"
#include "registry/removal.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace berth::registry {
namespace {

constexpr std::uint32_t kRepositoriesPerLook = 200;
constexpr std::uint32_t kItemsPerLook = 500;
/// What one transaction decides on.
constexpr std::size_t kCandidatesMax = 20;
/// Tags and parents of a manifest that are looked at; if there are more it counts as held.
constexpr std::uint32_t kBondsMax = 100;
/// The same of what refers to it, directly or not.
constexpr std::size_t kReferrersMax = 1000;
/// Children that go with one index; others stay without a tag.
constexpr std::size_t kFollowedMax = 1000;
/// Suffixes of tags that carry what belongs to a manifest (companion_of()).
constexpr std::array<std::string_view, 4> kCompanions = {"", ".sig", ".att", ".sbom"};

constexpr std::int64_t kKeepLastMax = 10'000;

std::int64_t ticks(std::int64_t seconds) {
    return seconds * kTicksPerSecond;
}

/// The latest time for which the catalog does not rule a pull out: those soon after another one are
/// not written down.
std::optional<Timestamp> last_possible_pull(const meta::RetentionItem& item) {
    if (!item.pulled) {
        return std::nullopt;
    }
    return Timestamp{item.pulled->ticks + kPullsApart};
}

ItemFacts facts_of(const meta::RetentionItem& item) {
    ItemFacts facts;
    facts.updated = std::max(item.updated, item.untagged.value_or(item.updated));
    facts.pushed = item.updated;
    facts.pulled = last_possible_pull(item);
    facts.locked = item.locked;
    return facts;
}

std::string companion_tag(const oci::Digest& digest, std::string_view suffix) {
    std::string tag = digest.text();
    std::ranges::replace(tag, ':', '-');
    return tag.append(suffix);
}

}  // namespace

Result<void> check_retention_rule(const meta::RetentionRuleRow& rule) {
    if (!rule.older_than && !rule.not_pulled_for && !rule.keep_last) {
        return fail(Errc::bad_request,
                    "the rule would delete everything: it needs --older-than, --not-pulled-for or "
                    "--keep-last");
    }
    if (rule.untagged && rule.keep_last) {
        return fail(Errc::bad_request, "--keep-last counts tags, and --untagged is about none");
    }
    if (rule.untagged && rule.tags != "*") {
        return fail(Errc::bad_request, "a rule is about --tags or about what is --untagged");
    }
    if (rule.keep_last && (*rule.keep_last < 1 || *rule.keep_last > kKeepLastMax)) {
        return fail(Errc::bad_request, "--keep-last is a number from 1 to 10000");
    }
    return {};
}

/// What happens to candidates in one transaction.
class RetentionRun::Step {
  public:
    Step(RetentionRun& run, db::Session& session, const meta::RepositoryRow& home,
         const oci::Repository& name, const meta::Disposal& disposal)
        : run_(run), session_(session), home_(home), name_(name), disposal_(disposal) {}

    void leave(const meta::RetentionItem& candidate) {
        report(candidate.name, candidate.digest,
               {.verdict = Verdict::keep, .reason = RetentionReason::changed});
    }

    Result<void> consider(const meta::RetentionItem& candidate) {
        BERTH_TRY(const auto item, again(candidate));
        if (!item) {
            leave(candidate);
            return {};
        }
        ItemFacts facts = facts_of(*item);
        facts.locked = item->locked || !home_.attributes.write_enabled;
        std::vector<oci::Digest> referrers;
        BERTH_TRY(const BondFacts bonds,
                  bonds_of(item->digest, item->name, item->updated, referrers));
        const RetentionTerms terms = run_.terms();
        const Timestamp now = run_.options_.now;
        const RetentionDecision decision = run_.rule().untagged
                                               ? decide_untagged(terms, facts, bonds, now)
                                               : decide_tag(terms, facts, bonds, now);
        report(item->name, item->digest, decision);
        if (decision.verdict == Verdict::untag) {
            return untag(item->name);
        }
        if (decision.verdict == Verdict::remove) {
            return remove_with_all(item->digest, item->name, referrers);
        }
        return {};
    }

    RetentionFindings take_findings() { return std::move(findings_); }

  private:
    /// The item as it is now; nullopt when it is no more what was looked at.
    Result<std::optional<meta::RetentionItem>> again(const meta::RetentionItem& candidate) {
        if (run_.rule().untagged) {
            BERTH_TRY(auto item,
                      meta::find_retention_manifest(session_, home_.id, candidate.digest));
            if (item && (item->tagged || is_gone(item->digest))) {
                item.reset();
            }
            return item;
        }
        BERTH_TRY(auto item, meta::find_retention_tag(session_, home_.id, candidate.name));
        if (!item || item->digest != candidate.digest || item->updated != candidate.updated) {
            return std::nullopt;
        }
        BERTH_TRY(const bool relevant, run_.is_relevant(session_, *item));
        return relevant ? std::move(item) : std::nullopt;
    }

    /// `own_tag` is the one that goes; it, or the index that goes, was last updated at `named`.
    Result<BondFacts> bonds_of(const oci::Digest& digest, const std::string& own_tag,
                               Timestamp named, std::vector<oci::Digest>& referrers) {
        BondFacts bonds;
        BERTH_TRY(const auto row, meta::find_retention_manifest(session_, home_.id, digest));
        bonds.locked = !row || row->locked;
        bonds.pushed_again = row && row->updated.ticks > named.ticks &&
                             run_.options_.now.ticks - row->updated.ticks < run_.options_.lease;
        BERTH_TRY(bonds.other_tags, has_tags(digest, own_tag));
        BERTH_TRY(bonds.child, has_parents(digest));
        BERTH_TRY(const auto subject, meta::subject_of(session_, home_.id, digest));
        if (subject && !is_gone(*subject)) {
            BERTH_TRY(bonds.subject, meta::manifest_exists(session_, home_.id, *subject));
        }
        BERTH_TRY_VOID(look_at_referrers(digest, bonds, referrers));
        return bonds;
    }

    Result<bool> has_tags(const oci::Digest& digest, const std::string& own_tag) {
        BERTH_TRY(const auto names, meta::tag_names_of(session_, home_.id, digest, kBondsMax));
        return names.size() == kBondsMax || std::ranges::any_of(names, [&](const auto& name) {
                   return name != own_tag && !is_gone(name);
               });
    }

    Result<bool> has_parents(const oci::Digest& digest) {
        BERTH_TRY(const auto parents, meta::parents_of(session_, home_.id, digest, kBondsMax));
        return parents.size() == kBondsMax ||
               std::ranges::any_of(parents,
                                   [this](const auto& parent) { return !is_gone(parent); });
    }

    /// Whether an index names `referrer` for its own sake, and would miss it. One that only lists
    /// what refers to `subject`, by its tag, goes along.
    Result<bool> is_part_of_another(const oci::Digest& referrer, const oci::Digest& subject) {
        BERTH_TRY(const auto parents, meta::parents_of(session_, home_.id, referrer, kBondsMax));
        if (parents.size() == kBondsMax) {
            return true;
        }
        for (const oci::Digest& parent : parents) {
            BERTH_TRY(const auto tags, meta::tag_names_of(session_, home_.id, parent, kBondsMax));
            const bool lists = !tags.empty() && std::ranges::all_of(tags, [&](const auto& tag) {
                return companion_of(tag) == subject.text();
            });
            if (!lists && !is_gone(parent)) {
                return true;
            }
        }
        return false;
    }

    Result<void> look_at_referrers(const oci::Digest& digest, BondFacts& bonds,
                                   std::vector<oci::Digest>& referrers) {
        std::vector<oci::Digest> open{digest};
        while (!open.empty()) {
            const oci::Digest subject = open.back();
            open.pop_back();
            BERTH_TRY(const auto found,
                      meta::referrers_of(session_, home_.id, subject, kReferrersMax));
            for (const oci::Digest& one : found) {
                if (is_gone(one)) {
                    continue;
                }
                BERTH_TRY(const auto row, meta::find_retention_manifest(session_, home_.id, one));
                bonds.locked_referrer = bonds.locked_referrer || !row || row->locked;
                BERTH_TRY(const bool tagged, has_tags(one, ""));
                bonds.tagged_referrer = bonds.tagged_referrer || tagged;
                BERTH_TRY(const bool part, is_part_of_another(one, subject));
                bonds.referrer_child = bonds.referrer_child || part;
                referrers.push_back(one);
                open.push_back(one);
            }
            if (referrers.size() >= kReferrersMax) {
                bonds.locked_referrer = true;
                return {};
            }
        }
        return {};
    }

    Result<void> untag(const std::string& tag) {
        if (run_.options_.dry_run) {
            run_.gone_tags_.emplace(home_.id, tag);
            return {};
        }
        const auto name = oci::Tag::parse(tag);
        if (!name) {
            return fail(Errc::corrupt, "the catalog holds a tag that is none");
        }
        BERTH_TRY_VOID(meta::remove_tag(session_, home_.id, *name, run_.options_.now, disposal_));
        return {};
    }

    Result<void> remove(const oci::Digest& digest, const std::string& tag,
                        const std::vector<oci::Digest>& referrers) {
        if (run_.options_.dry_run) {
            if (!tag.empty()) {
                run_.gone_tags_.emplace(home_.id, tag);
            }
            run_.gone_manifests_.emplace(home_.id, digest);
            for (const oci::Digest& referrer : referrers) {
                run_.gone_manifests_.emplace(home_.id, referrer);
            }
        } else {
            BERTH_TRY_VOID(
                remove_manifest_of(session_, home_, name_, digest, run_.options_.now, disposal_));
        }
        for (const oci::Digest& referrer : referrers) {
            report("", referrer, {.verdict = Verdict::remove, .reason = RetentionReason::subject},
                   digest.text());
        }
        return {};
    }

    /// The manifest, the children that nothing else holds, and the tags that sign or describe what
    /// goes.
    Result<void> remove_with_all(const oci::Digest& root, const std::string& tag,
                                 const std::vector<oci::Digest>& referrers) {
        BERTH_TRY(std::vector<meta::ChildRow> open, meta::list_children(session_, home_.id, root));
        BERTH_TRY(const auto row, meta::find_retention_manifest(session_, home_.id, root));
        const Timestamp named = row ? row->updated : Timestamp();
        BERTH_TRY_VOID(remove(root, tag, referrers));
        BERTH_TRY_VOID(remove_companions(root));
        for (std::size_t i = 0; i < open.size() && i < kFollowedMax; ++i) {
            const oci::Digest child = open[i].digest;
            BERTH_TRY(const bool exists, meta::manifest_exists(session_, home_.id, child));
            if (!exists || is_gone(child)) {
                continue;
            }
            std::vector<oci::Digest> its_referrers;
            BERTH_TRY(const BondFacts bonds, bonds_of(child, "", named, its_referrers));
            const RetentionDecision decision = decide_child(bonds);
            if (decision.verdict != Verdict::remove) {
                continue;
            }
            BERTH_TRY(const std::vector<meta::ChildRow> grandchildren,
                      meta::list_children(session_, home_.id, child));
            open.insert(open.end(), grandchildren.begin(), grandchildren.end());
            report("", child, {.verdict = Verdict::remove, .reason = RetentionReason::child},
                   root.text());
            BERTH_TRY_VOID(remove(child, "", its_referrers));
            BERTH_TRY_VOID(remove_companions(child));
        }
        return {};
    }

    Result<void> remove_companions(const oci::Digest& of) {
        for (const std::string_view suffix : kCompanions) {
            const std::string tag = companion_tag(of, suffix);
            BERTH_TRY(const auto item, meta::find_retention_tag(session_, home_.id, tag));
            if (!item || item->locked || is_gone(tag)) {
                continue;
            }
            std::vector<oci::Digest> referrers;
            BERTH_TRY(const BondFacts bonds, bonds_of(item->digest, tag, item->updated, referrers));
            const RetentionDecision decision = decide_tag({}, {}, bonds, run_.options_.now);
            if (decision.verdict == Verdict::keep) {
                continue;
            }
            report(tag, item->digest,
                   {.verdict = decision.verdict, .reason = RetentionReason::subject}, of.text());
            if (decision.verdict == Verdict::untag) {
                BERTH_TRY_VOID(untag(tag));
            } else {
                BERTH_TRY_VOID(remove(item->digest, tag, referrers));
            }
        }
        return {};
    }

    bool is_gone(const oci::Digest& digest) const { return run_.is_gone(home_.id, digest); }

    bool is_gone(const std::string& tag) const { return run_.gone_tags_.contains({home_.id, tag}); }

    void report(const std::string& tag, const oci::Digest& digest,
                const RetentionDecision& decision, std::string went_with = {}) {
        RetentionFinding finding(digest);
        finding.rule = run_.rule().name;
        finding.repository = name_.text();
        finding.tag = tag;
        finding.decision = decision;
        finding.went_with = std::move(went_with);
        findings_.push_back(std::move(finding));
    }

    RetentionRun& run_;
    db::Session& session_;
    const meta::RepositoryRow& home_;
    const oci::Repository& name_;
    const meta::Disposal& disposal_;
    RetentionFindings findings_;
};

RetentionTerms RetentionRun::terms() const {
    RetentionTerms terms;
    if (rule().older_than) {
        terms.older_than = ticks(*rule().older_than);
    }
    if (rule().not_pulled_for) {
        terms.not_pulled_for = ticks(*rule().not_pulled_for);
    }
    terms.lease = options_.lease;
    return terms;
}

bool RetentionRun::is_gone(meta::RepositoryId repository, const oci::Digest& digest) const {
    return gone_manifests_.contains({repository, digest});
}

Result<RetentionRun::Look> RetentionRun::look(db::Session& session) const {
    Look look;
    look.next = position_;
    if (!position_.repository) {
        BERTH_TRY_VOID(find_repository(session, look));
    } else {
        BERTH_TRY_VOID(read_page(session, look));
    }
    return look;
}

Result<void> RetentionRun::find_repository(db::Session& session, Look& look) const {
    BERTH_TRY(const auto repositories,
              meta::repositories_behind(session, position_.last_repository, kRepositoriesPerLook));
    Position& next = look.next;
    for (const meta::NamedRepository& one : repositories) {
        next.last_repository = one.name;
        if (oci::matches_glob(rule().repositories, one.name)) {
            next.repository = one;
            next.last.clear();
            next.counting = rule().keep_last.has_value();
            next.newest = NewestItems(static_cast<std::size_t>(rule().keep_last.value_or(0)));
            return {};
        }
    }
    if (repositories.size() < kRepositoriesPerLook) {
        next = Position();
        next.rule = position_.rule + 1;
    }
    return {};
}

Result<bool> RetentionRun::is_relevant(db::Session& session,
                                       const meta::RetentionItem& item) const {
    if (rule().untagged) {
        return !item.tagged && !is_gone(position_.repository->id, item.digest);
    }
    if (!oci::matches_glob(rule().tags, item.name) ||
        gone_tags_.contains({position_.repository->id, item.name})) {
        return false;
    }
    const auto about = oci::Digest::parse(companion_of(item.name));
    if (!about || is_gone(position_.repository->id, *about)) {
        return true;
    }
    BERTH_TRY(const bool there, meta::manifest_exists(session, position_.repository->id, *about));
    return !there;
}

Result<void> RetentionRun::read_page(db::Session& session, Look& look) const {
    const meta::RepositoryId id = position_.repository->id;
    BERTH_TRY(const auto items,
              rule().untagged
                  ? meta::manifests_behind(session, id, as_bytes(position_.last), kItemsPerLook)
                  : meta::tags_behind(session, id, position_.last, kItemsPerLook));
    Position& next = look.next;
    for (const meta::RetentionItem& item : items) {
        next.last = rule().untagged ? std::string(as_text(item.digest.stored())) : item.name;
        BERTH_TRY(const bool relevant, is_relevant(session, item));
        if (!relevant) {
            continue;
        }
        if (position_.counting) {
            next.newest.show(item.updated, item.name);
            continue;
        }
        ItemFacts facts = facts_of(item);
        facts.newest = position_.newest.has(item.updated, item.name);
        const auto alone = decide_alone(terms(), facts, options_.now);
        if (!alone) {
            look.candidates.push_back(item);
            if (look.candidates.size() == kCandidatesMax) {
                return {};
            }
            continue;
        }
        RetentionFinding kept(item.digest);
        kept.rule = rule().name;
        kept.repository = position_.repository->name;
        kept.tag = item.name;
        kept.decision = *alone;
        look.kept.push_back(std::move(kept));
    }
    if (items.size() < kItemsPerLook) {
        next.last.clear();
        if (position_.counting) {
            next.counting = false;
        } else {
            next.repository.reset();
        }
    }
    return {};
}

/// Whether those that keep_last keeps are all still there, as new as they were: only then may the
/// others go. Who was pushed since makes it no less.
Result<bool> RetentionRun::do_newest_stand(db::Session& session) const {
    for (const auto& [updated, name] : position_.newest.items()) {
        BERTH_TRY(const auto item,
                  meta::find_retention_tag(session, position_.repository->id, name));
        if (!item || item->updated.ticks < updated) {
            return false;
        }
    }
    return true;
}

Result<RetentionFindings> RetentionRun::apply(db::Session& session,
                                              const std::vector<meta::RetentionItem>& candidates) {
    const auto name = oci::Repository::parse(position_.repository->name);
    if (!name) {
        return fail(Errc::corrupt, "the catalog holds a repository name that is none");
    }
    BERTH_TRY(const auto home, meta::find_repository(session, *name));
    if (!home || home->id != position_.repository->id) {
        return RetentionFindings();  // deleted meanwhile
    }
    const std::string by = "retention:" + rule().name;
    const meta::Disposal disposal{.keep_ticks = options_.keep_ticks, .by = by};
    Step step(*this, session, *home, *name, disposal);
    BERTH_TRY(const bool newest_stand, do_newest_stand(session));
    for (const meta::RetentionItem& candidate : candidates) {
        if (newest_stand) {
            BERTH_TRY_VOID(step.consider(candidate));
        } else {
            step.leave(candidate);
        }
    }
    return step.take_findings();
}

}  // namespace berth::registry
