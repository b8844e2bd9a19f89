// SPDX-License-Identifier: Apache-2.0
#include "meta/removed_items.h"

#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::digest;
using testing::image;
using testing::tag;

constexpr db::Sql kCount("SELECT count(*) FROM removed_items");

class RemovedItems : public testing::CatalogTest {
  protected:
    static std::optional<Timestamp> time_of(db::Session& session, RepositoryId id, ItemKind kind,
                                            std::string_view name) {
        const auto found = find_removed_item(session, id, kind, name);
        EXPECT_TRUE(found);
        return found.value_or(std::nullopt);
    }
};

TEST_F(RemovedItems, KeepTheUpdateTimeOfTheirLastLife) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 10);
        label(session, id, "v1", digest(1), 11);
        EXPECT_EQ(time_of(session, id, ItemKind::tag, "v1"), std::nullopt);
        EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{20}), true);
        EXPECT_EQ(time_of(session, id, ItemKind::tag, "v1"), Timestamp{11});
        EXPECT_EQ(time_of(session, id, ItemKind::manifest, "v1"), std::nullopt);
        EXPECT_EQ(time_of(session, id + 1, ItemKind::tag, "v1"), std::nullopt);
        label(session, id, "v1", digest(1), 30);
        label(session, id, "v2", digest(1), 31);
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{40}), true);
        EXPECT_EQ(time_of(session, id, ItemKind::tag, "v1"), Timestamp{30});
        EXPECT_EQ(time_of(session, id, ItemKind::tag, "v2"), Timestamp{31});
        EXPECT_EQ(time_of(session, id, ItemKind::manifest, digest(1).text()), Timestamp{10});
        EXPECT_EQ(number(session, kCount), 3);
    });
}

TEST_F(RemovedItems, TheOldestAreForgottenFirst) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 1);
        for (std::int64_t i = 0; i < 6; ++i) {
            const std::string name = "v" + std::to_string(i);
            label(session, id, name, digest(1), 1);
            EXPECT_EQ(remove_tag(session, id, tag(name), Timestamp{100 - i}), true);
        }
        EXPECT_EQ(forget_removed_items(session, Timestamp{95}, 10), 0);
        EXPECT_EQ(forget_removed_items(session, Timestamp{99}, 3), 3);
        EXPECT_EQ(number(session, kCount), 3);
        for (const char* name : {"v3", "v4", "v5"}) {
            EXPECT_EQ(time_of(session, id, ItemKind::tag, name), std::nullopt) << name;
        }
        EXPECT_EQ(forget_removed_items(session, Timestamp{99}, 3), 1);
        EXPECT_EQ(forget_removed_items(session, Timestamp{99}, 3), 0);
        EXPECT_EQ(time_of(session, id, ItemKind::tag, "v1"), Timestamp{1});
        EXPECT_EQ(time_of(session, id, ItemKind::tag, "v2"), std::nullopt);
    });
}

// Removed again, an item is remembered for its whole time again.
TEST_F(RemovedItems, ASecondRemovalCountsFromItsOwnTime) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 1);
        for (const std::int64_t at : {10, 20}) {
            label(session, id, "v1", digest(1), at);
            EXPECT_EQ(remove_tag(session, id, tag("v1"), Timestamp{at + 1}), true);
        }
        EXPECT_EQ(forget_removed_items(session, Timestamp{15}, 9), 0);
        EXPECT_EQ(time_of(session, id, ItemKind::tag, "v1"), Timestamp{20});
        EXPECT_EQ(forget_removed_items(session, Timestamp{22}, 9), 1);
    });
}

}  // namespace
}  // namespace berth::meta
