// SPDX-License-Identifier: Apache-2.0
#include "meta/issuers.h"

#include "meta/access_generation.h"
#include "meta/testing/catalog_fixture.h"

#include <gmock/gmock.h>

namespace berth::meta {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class Issuers : public testing::CatalogTest {
  protected:
    static IssuerRow issuer(const std::string& name) {
        IssuerRow row;
        row.name = name;
        row.document = "{\"of\":\"" + name + "\"}";
        return row;
    }

    static TrustRuleRow rule(const std::string& issuer, const std::string& name) {
        TrustRuleRow row;
        row.issuer = issuer;
        row.name = name;
        row.document = "{}";
        return row;
    }
};

TEST_F(Issuers, AreFoundAndListedAsTheyWereMade) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_issuer(session, issuer("b"), Timestamp{5}));
        ASSERT_TRUE(create_issuer(session, issuer("a"), Timestamp{6}));
        const auto found = find_issuer(session, "b");
        ASSERT_TRUE(found && *found);
        EXPECT_EQ((*found)->document, "{\"of\":\"b\"}");
        EXPECT_TRUE((*found)->enabled);
        EXPECT_EQ((*found)->created_at, Timestamp{5});
        const auto all = list_issuers(session);
        ASSERT_EQ(all->size(), 2U);
        EXPECT_EQ(all->front().name, "a");
        EXPECT_GT(all->front().epoch, (*found)->epoch);
        EXPECT_FALSE(*find_issuer(session, "c"));
    });
}

TEST_F(Issuers, ANameIsTakenOnce) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_issuer(session, issuer("a"), Timestamp{5}));
        const auto again = create_issuer(session, issuer("a"), Timestamp{6});
        ASSERT_FALSE(again);
        EXPECT_EQ(again.error().code, Errc::conflict);
        ASSERT_TRUE(create_trust_rule(session, rule("a", "r"), Timestamp{7}));
        const auto rule_again = create_trust_rule(session, rule("a", "r"), Timestamp{7});
        ASSERT_FALSE(rule_again);
        EXPECT_EQ(rule_again.error().code, Errc::conflict);
    });
}

TEST_F(Issuers, AChangeOfStateIsANewEpoch) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_issuer(session, issuer("a"), Timestamp{5}));
        const std::int64_t before = (*find_issuer(session, "a"))->epoch;
        EXPECT_EQ(enable_issuer(session, "a", false, Timestamp{9}), true);
        const auto off = *find_issuer(session, "a");
        EXPECT_FALSE(off->enabled);
        EXPECT_EQ(off->updated_at, Timestamp{9});
        EXPECT_GT(off->epoch, before);
        EXPECT_EQ(enable_issuer(session, "a", true, Timestamp{10}), true);
        EXPECT_TRUE((*find_issuer(session, "a"))->enabled);
        EXPECT_GT((*find_issuer(session, "a"))->epoch, off->epoch);
        EXPECT_EQ(enable_issuer(session, "b", true, Timestamp{10}), false);
    });
}

TEST_F(Issuers, ADeletedOneTakesRulesAndBlocksWithIt) {
    write([](db::Session& session) {
        for (const std::string name : {"a", "b"}) {
            ASSERT_TRUE(create_issuer(session, issuer(name), Timestamp{5}));
            ASSERT_TRUE(create_trust_rule(session, rule(name, "r"), Timestamp{5}));
            EXPECT_EQ(block_subject(session, name, "s", Timestamp{5}), true);
        }
        EXPECT_EQ(delete_issuer(session, "a"), true);
        EXPECT_EQ(delete_issuer(session, "a"), false);
        EXPECT_THAT(*list_trust_rules(session, "a"), IsEmpty());
        EXPECT_THAT(*list_blocked_subjects(session, "a"), IsEmpty());
        EXPECT_EQ(list_trust_rules(session, "b")->size(), 1U);
        EXPECT_EQ(list_blocked_subjects(session, "b")->size(), 1U);
    });
}

TEST_F(Issuers, RulesComeAndGoWithNewEpochs) {
    write([](db::Session& session) {
        ASSERT_TRUE(create_trust_rule(session, rule("a", "y"), Timestamp{5}));
        ASSERT_TRUE(create_trust_rule(session, rule("a", "x"), Timestamp{6}));
        auto rules = *list_trust_rules(session, "a");
        ASSERT_EQ(rules.size(), 2U);
        EXPECT_EQ(rules[0].name, "x");
        EXPECT_EQ(rules[0].issuer, "a");
        EXPECT_EQ(rules[0].created_at, Timestamp{6});
        const std::int64_t before = rules[0].epoch;
        EXPECT_EQ(delete_trust_rule(session, "a", "x"), true);
        EXPECT_EQ(delete_trust_rule(session, "a", "x"), false);
        ASSERT_TRUE(create_trust_rule(session, rule("a", "x"), Timestamp{7}));
        rules = *list_trust_rules(session, "a");
        EXPECT_GT(rules[0].epoch, before);
    });
}

TEST_F(Issuers, SubjectsAreBlockedOnce) {
    write([](db::Session& session) {
        EXPECT_EQ(block_subject(session, "a", "y", Timestamp{5}), true);
        EXPECT_EQ(block_subject(session, "a", "x", Timestamp{5}), true);
        EXPECT_EQ(block_subject(session, "a", "x", Timestamp{6}), false);
        EXPECT_THAT(*list_blocked_subjects(session, "a"), ElementsAre("x", "y"));
        EXPECT_EQ(is_blocked_subject(session, "a", "x"), true);
        EXPECT_EQ(is_blocked_subject(session, "b", "x"), false);
        EXPECT_EQ(unblock_subject(session, "a", "x"), true);
        EXPECT_EQ(unblock_subject(session, "a", "x"), false);
        EXPECT_EQ(is_blocked_subject(session, "a", "x"), false);
    });
}

TEST_F(Issuers, EveryChangeRaisesTheGeneration) {
    write([](db::Session& session) {
        std::int64_t last = *access_generation(session);
        const auto is_raised = [&session, &last] {
            const std::int64_t previous = std::exchange(last, *access_generation(session));
            return last > previous;
        };
        EXPECT_FALSE(is_raised());
        ASSERT_TRUE(create_issuer(session, issuer("a"), Timestamp{5}));
        EXPECT_TRUE(is_raised());
        ASSERT_TRUE(enable_issuer(session, "a", false, Timestamp{5}));
        EXPECT_TRUE(is_raised());
        ASSERT_TRUE(create_trust_rule(session, rule("a", "r"), Timestamp{5}));
        EXPECT_TRUE(is_raised());
        ASSERT_TRUE(delete_trust_rule(session, "a", "r"));
        EXPECT_TRUE(is_raised());
        ASSERT_TRUE(block_subject(session, "a", "s", Timestamp{5}));
        EXPECT_TRUE(is_raised());
        ASSERT_TRUE(unblock_subject(session, "a", "s"));
        EXPECT_TRUE(is_raised());
        ASSERT_TRUE(delete_issuer(session, "a"));
        EXPECT_TRUE(is_raised());
    });
}

}  // namespace
}  // namespace berth::meta
