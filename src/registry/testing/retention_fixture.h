// SPDX-License-Identifier: Apache-2.0
//
// For the tests of retention runs: rules in one line, a catalog whose items are as old as one
// likes, and a run told as sorted lines `VERDICT ITEM REASON`.
#pragma once

#include "base/try.h"
#include "registry/retention_run.h"
#include "registry/testing/metadata_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace berth::registry {

using Lines = std::vector<std::string>;

inline constexpr std::int64_t kDay = 24 * 60 * 60;

inline meta::RetentionRuleRow older_than(std::int64_t days) {
    meta::RetentionRuleRow rule;
    rule.name = "r";
    rule.older_than = days * kDay;
    return rule;
}

inline meta::RetentionRuleRow untagged(std::int64_t days) {
    meta::RetentionRuleRow rule = older_than(days);
    rule.untagged = true;
    return rule;
}

class RetentionTest : public MetadataTest {
  protected:
    // Everything, or one tag and its manifest, was last updated so long ago.
    void age(std::int64_t days, const std::string& only_tag = {}) {
        const std::int64_t at = now().ticks - days * meta::kTicksPerDay;
        auto work = [&](db::Session& session) -> Result<void> {
            static constexpr db::Sql kTags(
                "UPDATE tags SET updated_at = $1 WHERE $2 = '' OR name = $2");
            static constexpr db::Sql kManifests(
                "UPDATE manifests SET updated_at = $1 WHERE $2 = '' OR digest IN"
                " (SELECT digest FROM tags WHERE name = $2)");
            const std::string_view name = only_tag;
            BERTH_TRY_VOID(session.execute(kTags, {at, name}));
            BERTH_TRY_VOID(session.execute(kManifests, {at, name}));
            return {};
        };
        ASSERT_TRUE(io::run_task(registry_->database.write(work)));
    }

    void pulled(const oci::Digest& digest, std::int64_t days) {
        const std::int64_t at = now().ticks - days * meta::kTicksPerDay;
        auto work = [&](db::Session& session) -> Result<void> {
            static constexpr db::Sql kPulled(
                "INSERT INTO manifest_pulls SELECT id, $2 FROM manifests WHERE digest = $1");
            BERTH_TRY_VOID(session.execute(kPulled, {digest.stored(), at}));
            return {};
        };
        ASSERT_TRUE(io::run_task(registry_->database.write(work)));
    }

    static std::string line(const RetentionFinding& finding) {
        static constexpr std::array kVerdicts{"keep", "untag", "remove"};
        const std::string what = finding.tag.empty() ? finding.digest.text() : finding.tag;
        return std::string(kVerdicts.at(static_cast<std::size_t>(finding.decision.verdict))) + " " +
               what + " " + std::string(name_of(finding.decision.reason));
    }

    // Of a run to its end, sorted.
    Lines run(std::vector<meta::RetentionRuleRow> rules, bool dry_run = false,
              std::int64_t lease_days = 0) {
        RetentionOptions options;
        options.now = now();
        options.lease = lease_days * meta::kTicksPerDay;
        options.keep_ticks = 0;
        options.dry_run = dry_run;
        RetentionRun run(std::move(rules), options);
        Lines lines;
        while (!run.done()) {
            if (before_look_) {
                before_look_();
            }
            auto look = [&run](db::Session& session) { return run.look(session); };
            auto looked = io::run_task(registry_->database.read(look));
            EXPECT_TRUE(looked);
            if (!looked->candidates.empty()) {
                if (between_) {
                    between_();
                }
                auto apply = [&](db::Session& session) {
                    return run.apply(session, looked->candidates);
                };
                const auto applied = dry_run ? io::run_task(registry_->database.read(apply))
                                             : io::run_task(registry_->database.write(apply));
                EXPECT_TRUE(applied);
                std::ranges::transform(*applied, std::back_inserter(lines), line);
            }
            std::ranges::transform(looked->kept, std::back_inserter(lines), line);
            run.go_on(*std::move(looked));
        }
        std::ranges::sort(lines);
        return lines;
    }

    // The same twice, dry first: both say the same, and the first changes nothing.
    Lines run_both(const std::vector<meta::RetentionRuleRow>& rules, std::int64_t lease_days = 0) {
        const std::int64_t before = repository_row().manifest_count;
        Lines dry = run(rules, true, lease_days);
        EXPECT_EQ(repository_row().manifest_count, before);
        Lines wet = run(rules, false, lease_days);
        EXPECT_EQ(dry, wet);
        return wet;
    }

    const std::string image_ = image(kConfig, "layer");
    const std::string other_ = image(kConfig, "other layer");
    std::function<void()> before_look_;
    std::function<void()> between_;
};

}  // namespace berth::registry
