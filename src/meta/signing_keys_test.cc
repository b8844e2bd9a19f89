// SPDX-License-Identifier: Apache-2.0
#include "meta/signing_keys.h"

#include "meta/access_generation.h"
#include "meta/accounts.h"
#include "meta/issuers.h"
#include "meta/testing/catalog_fixture.h"

namespace berth::meta {
namespace {

SigningKeyRow key(const std::string& kid, const std::string& registry_id) {
    SigningKeyRow row;
    row.kid = kid;
    row.private_key = std::string("der\0bytes of ", 13) + kid;
    row.registry_id = registry_id;
    return row;
}

class SigningKeys : public testing::CatalogTest {};

std::vector<SigningKeyRow> keys_of(db::Session& session) {
    auto keys = list_signing_keys(session);
    EXPECT_TRUE(keys.has_value());
    return keys.value_or(std::vector<SigningKeyRow>());
}

TEST_F(SigningKeys, NoneAtFirst) {
    write([](db::Session& session) {
        EXPECT_TRUE(keys_of(session).empty());
        EXPECT_TRUE(prune_signing_keys(session, Timestamp{99})->empty());
    });
}

// Of two that race, the second gets the first one's key.
TEST_F(SigningKeys, TheFirstOneStays) {
    write([](db::Session& session) {
        const auto first = ensure_signing_key(session, key("A", "1111"), Timestamp{5});
        ASSERT_TRUE(first.has_value()) << first.error().log_detail;
        EXPECT_EQ(first->kid, "A");
    });
    write([](db::Session& session) {
        const auto second = ensure_signing_key(session, key("B", "2222"), Timestamp{6});
        ASSERT_TRUE(second.has_value());
        EXPECT_EQ(second->kid, "A");
        EXPECT_EQ(second->private_key, key("A", "").private_key);
        EXPECT_EQ(second->registry_id, "1111");
        static constexpr db::Sql kCount("SELECT count(*) FROM signing_keys");
        EXPECT_EQ(number(session, kCount), 1);
    });
}

TEST_F(SigningKeys, RotatedOnesAreRetiredAndPrunedInTheirTime) {
    const auto rotate = [this](const std::string& kid, std::int64_t time) {
        write([&](db::Session& session) {
            ASSERT_TRUE(rotate_signing_key(session, key(kid, kid + "-registry"), Timestamp{time}));
        });
    };
    rotate("A", 5);
    rotate("B", 6);
    rotate("C", 7);
    write([](db::Session& session) {
        const std::vector<SigningKeyRow> keys = keys_of(session);
        ASSERT_EQ(keys.size(), 3U);
        EXPECT_EQ(keys[0].kid, "C");
        EXPECT_FALSE(keys[0].retired_at);
        EXPECT_EQ(keys[0].created_at, Timestamp{7});
        EXPECT_EQ(keys[1].kid, "B");
        EXPECT_EQ(keys[1].retired_at, Timestamp{7});
        EXPECT_EQ(keys[2].retired_at, Timestamp{6});
        for (const SigningKeyRow& one : keys) {
            EXPECT_EQ(one.registry_id, "A-registry");
        }
        EXPECT_EQ(ensure_signing_key(session, key("D", ""), Timestamp{8})->kid, "C");
        EXPECT_EQ(prune_signing_keys(session, Timestamp{6}).value(), std::vector<std::string>{"A"});
        EXPECT_EQ(keys_of(session).size(), 2U);
        EXPECT_EQ(prune_signing_keys(session, Timestamp{99}).value(),
                  std::vector<std::string>{"B"});
        EXPECT_EQ(keys_of(session)[0].kid, "C");
    });
}

// Who keeps keys notices by the generation, and is not told of nothing.
TEST_F(SigningKeys, ChangesRaiseTheGeneration) {
    write([](db::Session& session) {
        auto raises = [&session, last = access_generation(session).value()]() mutable {
            const std::int64_t before = last;
            last = access_generation(session).value();
            return last > before;
        };
        ASSERT_TRUE(ensure_signing_key(session, key("A", "1"), Timestamp{1}));
        EXPECT_TRUE(raises());
        ASSERT_TRUE(ensure_signing_key(session, key("B", "1"), Timestamp{1}));
        EXPECT_FALSE(raises());
        ASSERT_TRUE(rotate_signing_key(session, key("B", "1"), Timestamp{2}));
        EXPECT_TRUE(raises());
        ASSERT_TRUE(prune_signing_keys(session, Timestamp{1}));
        EXPECT_FALSE(raises());
        ASSERT_TRUE(prune_signing_keys(session, Timestamp{2}));
        EXPECT_TRUE(raises());
    });
}

TEST_F(SigningKeys, AllTokensEndByNewEpochs) {
    write([](db::Session& session) {
        AccountRow account;
        account.name = "a";
        IssuerRow issuer;
        issuer.name = "i";
        issuer.document = "{}";
        ASSERT_TRUE(create_account(session, account, Timestamp{1}));
        ASSERT_TRUE(create_issuer(session, issuer, Timestamp{1}));
        const std::int64_t before = access_generation(session).value();
        ASSERT_TRUE(end_all_tokens(session));
        const std::int64_t after = access_generation(session).value();
        EXPECT_GT(after, before);
        EXPECT_EQ(find_account(session, "a").value()->epoch, after);
        EXPECT_EQ(list_issuers(session).value().front().epoch, after);
    });
}

}  // namespace
}  // namespace berth::meta
