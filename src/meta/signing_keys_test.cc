// SPDX-License-Identifier: Apache-2.0
#include "meta/signing_keys.h"

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

TEST_F(SigningKeys, NoneAtFirst) {
    write([](db::Session& session) {
        const auto found = find_signing_key(session);
        ASSERT_TRUE(found.has_value());
        EXPECT_FALSE(found->has_value());
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

}  // namespace
}  // namespace berth::meta
