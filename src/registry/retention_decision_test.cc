// SPDX-License-Identifier: Apache-2.0
//
// The decision on facts of all kinds, compared with what must hold whatever the facts are.
#include "registry/retention_decision.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace berth::registry {
namespace {

constexpr Timestamp kNow{1000};

struct Case {
    RetentionTerms terms;
    ItemFacts item;
    BondFacts bonds;
};

class Cases {
  public:
    explicit Cases(std::uint32_t seed) : random_(seed) {}

    Case next() {
        Case one;
        one.terms.older_than = maybe_number();
        one.terms.not_pulled_for = maybe_number();
        one.terms.lease = number();
        one.item.updated.ticks = number();
        one.item.pushed.ticks = number();
        if (coin()) {
            one.item.pulled = Timestamp{number()};
        }
        one.item.newest = rarely();
        one.item.locked = rarely();
        one.bonds.locked = rarely();
        one.bonds.other_tags = rarely();
        one.bonds.child = rarely();
        one.bonds.subject = rarely();
        one.bonds.tagged_referrer = rarely();
        one.bonds.locked_referrer = rarely();
        one.bonds.referrer_child = rarely();
        one.bonds.pushed_again = rarely();
        return one;
    }

    std::int64_t number() { return static_cast<std::int64_t>(random_() % 1200); }

  private:
    bool coin() { return random_() % 2 == 0; }

    bool rarely() { return random_() % 8 == 0; }

    std::optional<std::int64_t> maybe_number() {
        return coin() ? std::optional(number()) : std::nullopt;
    }

    std::mt19937 random_;
};

bool is_free(const BondFacts& bonds) {
    return bonds.locked + bonds.other_tags + bonds.child + bonds.subject + bonds.tagged_referrer +
               bonds.locked_referrer + bonds.referrer_child + bonds.pushed_again ==
           0;
}

bool conditions_hold(const Case& one) {
    const std::int64_t idle =
        kNow.ticks -
        std::max(one.item.updated.ticks, one.item.pulled.value_or(one.item.updated).ticks);
    return !one.item.newest && !one.item.locked &&
           kNow.ticks - one.item.updated.ticks >= one.terms.older_than.value_or(-10000) &&
           idle >= one.terms.not_pulled_for.value_or(-10000);
}

TEST(RetentionDecision, OfTagsIsWhatTheConditionsAndBondsSay) {
    Cases cases(11);
    int removed = 0;
    for (int i = 0; i < 50000; ++i) {
        const Case one = cases.next();
        const RetentionDecision decision = decide_tag(one.terms, one.item, one.bonds, kNow);
        const bool goes = conditions_hold(one) && !one.bonds.locked;
        ASSERT_EQ(decision.verdict != Verdict::keep, goes);
        ASSERT_EQ(decision.verdict == Verdict::remove, goes && is_free(one.bonds));
        ASSERT_EQ(decision.reason == RetentionReason::due, decision.verdict == Verdict::remove);
        removed += decision.verdict == Verdict::remove ? 1 : 0;
    }
    EXPECT_GT(removed, 1000);
}

TEST(RetentionDecision, OfUntaggedManifestsNeverTouchesWhatIsHeld) {
    Cases cases(12);
    int removed = 0;
    for (int i = 0; i < 50000; ++i) {
        const Case one = cases.next();
        const RetentionDecision decision = decide_untagged(one.terms, one.item, one.bonds, kNow);
        const bool leased = kNow.ticks - one.item.pushed.ticks < one.terms.lease;
        ASSERT_EQ(decision.verdict == Verdict::remove,
                  conditions_hold(one) && !leased && is_free(one.bonds));
        ASSERT_NE(decision.verdict, Verdict::untag);
        removed += decision.verdict == Verdict::remove ? 1 : 0;
    }
    EXPECT_GT(removed, 1000);
}

// Whoever asks for more conditions, or whose item is younger, never loses more.
TEST(RetentionDecision, IsMonotonic) {
    Cases cases(13);
    for (int i = 0; i < 50000; ++i) {
        const Case one = cases.next();
        const auto rank = [&](const RetentionTerms& terms, const ItemFacts& item) {
            return static_cast<int>(decide_tag(terms, item, one.bonds, kNow).verdict);
        };
        const int before = rank(one.terms, one.item);
        RetentionTerms stricter = one.terms;
        stricter.older_than = stricter.older_than.value_or(0) + cases.number();
        ASSERT_LE(rank(stricter, one.item), before);
        ItemFacts younger = one.item;
        younger.updated.ticks += cases.number();
        ASSERT_LE(rank(one.terms, younger), before);
        ItemFacts pulled = one.item;
        pulled.pulled = Timestamp{2 * kNow.ticks};
        ASSERT_LE(rank(one.terms, pulled), before);
    }
}

TEST(RetentionDecision, EdgesOfAge) {
    RetentionTerms terms;
    terms.older_than = 100;
    ItemFacts item;
    item.updated.ticks = 901;
    EXPECT_EQ(decide_tag(terms, item, {}, kNow).reason, RetentionReason::too_young);
    item.updated.ticks = 900;
    EXPECT_EQ(decide_tag(terms, item, {}, kNow).verdict, Verdict::remove);
    terms.not_pulled_for = 100;
    item.pulled = Timestamp{901};
    EXPECT_EQ(decide_tag(terms, item, {}, kNow).reason, RetentionReason::pulled_lately);
    item.pulled = Timestamp{1};
    EXPECT_EQ(decide_tag(terms, item, {}, kNow).verdict, Verdict::remove);
}

TEST(NewestItems, AreThoseThatSortingPutsLast) {
    Cases cases(14);
    for (std::size_t count = 0; count < 6; ++count) {
        std::vector<std::pair<std::int64_t, std::string>> all;
        NewestItems newest(count);
        for (int i = 0; i < 40; ++i) {
            all.emplace_back(cases.number() % 9, "tag" + std::to_string(i));
            newest.show(Timestamp{all.back().first}, all.back().second);
        }
        std::ranges::sort(all);
        for (std::size_t i = 0; i < all.size(); ++i) {
            EXPECT_EQ(newest.has(Timestamp{all[i].first}, all[i].second), i + count >= all.size());
        }
    }
}

TEST(NewestItems, WhatWasPushedSinceIsNewerThanOneOfThem) {
    NewestItems newest(2);
    newest.show(Timestamp{10}, "a");
    EXPECT_TRUE(newest.has(Timestamp{5}, "pushed"));  // there is room for it
    newest.show(Timestamp{20}, "b");
    newest.show(Timestamp{30}, "c");
    EXPECT_TRUE(newest.has(Timestamp{40}, "pushed"));
    EXPECT_TRUE(newest.has(Timestamp{40}, "a"));  // moved
    EXPECT_FALSE(newest.has(Timestamp{10}, "a"));
}

TEST(CompanionOf, Tags) {
    const std::string hex(64, 'a');
    EXPECT_EQ(companion_of("sha256-" + hex), "sha256:" + hex);
    EXPECT_EQ(companion_of("sha256-" + hex + ".sig"), "sha256:" + hex);
    EXPECT_EQ(companion_of("sha512-" + hex + hex + ".att"), "sha512:" + hex + hex);
    EXPECT_EQ(companion_of("sha256-" + hex + "a"), "");
    EXPECT_EQ(companion_of("sha256-" + hex.substr(1) + "g"), "");
    EXPECT_EQ(companion_of("sha256-" + hex.substr(1)), "");
    EXPECT_EQ(companion_of("v1"), "");
}

TEST(RetentionReason, EachHasANameAndASentence) {
    for (int i = 0; i <= static_cast<int>(RetentionReason::changed); ++i) {
        EXPECT_FALSE(name_of(static_cast<RetentionReason>(i)).empty());
        EXPECT_FALSE(explain(static_cast<RetentionReason>(i)).empty());
    }
}

}  // namespace
}  // namespace berth::registry
