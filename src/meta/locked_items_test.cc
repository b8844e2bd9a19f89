// SPDX-License-Identifier: Apache-2.0
//
// What locks forbid to delete: remove_manifest, holds_locked_items, is_held_by_lock.
#include "meta/manifest_rows.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using oci::ReferenceRole;
using testing::descriptor;
using testing::digest;
using testing::image;
using testing::repository;
using testing::tag;

constexpr AttributesChange kNoDelete{.delete_enabled = false};
constexpr AttributesChange kNoWrite{.write_enabled = false};
constexpr AttributesChange kOpen{true, true, true, true};
constexpr AttributesChange kHarmless{.read_enabled = false, .list_enabled = false};

class LockedItems : public testing::CatalogTest {
  protected:
    static void lock(db::Session& session, RepositoryId id, std::uint32_t number,
                     const AttributesChange& attributes) {
        ManifestChange change;
        change.attributes = attributes;
        EXPECT_EQ(change_manifest(session, id, digest(number), change), true);
    }

    static void lock(db::Session& session, RepositoryId id, std::string_view name,
                     const AttributesChange& attributes) {
        EXPECT_EQ(change_tag(session, id, tag(name), attributes), true);
    }

    // 2 refers to 1 and 3 to 2; each has a tag t1, t2, t3; 1 and 3 refer to the blob 50.
    static RepositoryId fill(db::Session& session, std::string_view name = "a") {
        const RepositoryId id = ensure(session, name);
        for (std::uint32_t number = 1; number <= 3; ++number) {
            oci::Manifest manifest = image();
            if (number > 1) {
                manifest.subject = digest(number - 1);
            }
            if (number != 2) {
                manifest.references.push_back(descriptor(ReferenceRole::layer, digest(50), 1));
            }
            put(session, id, digest(number), manifest);
            label(session, id, "t" + std::to_string(number), digest(number));
        }
        return id;
    }

    // What a removal in a transaction of its own answers; the transaction ends without effect.
    Result<bool> try_removal(RepositoryId id, std::uint32_t number) {
        Result<bool> answer(false);
        const Result<void> ran = database_->write_now([&](db::Session& session) {
            answer = remove_manifest(session, id, digest(number), Timestamp{9});
            return false;
        });
        EXPECT_TRUE(ran);
        return answer;
    }
};

TEST_F(LockedItems, AnyLockInTheCascadeStopsTheRemoval) {
    RepositoryId id = 0;
    write([&id](db::Session& session) { id = fill(session); });
    EXPECT_EQ(try_removal(id, 1), true);
    for (const AttributesChange& attributes : {kNoDelete, kNoWrite}) {
        for (std::uint32_t number = 1; number <= 3; ++number) {
            const std::string name = "t" + std::to_string(number);
            write([&](db::Session& session) { lock(session, id, number, attributes); });
            const Result<bool> by_manifest = try_removal(id, 1);
            ASSERT_FALSE(by_manifest) << number;
            EXPECT_EQ(by_manifest.error().code, Errc::disallowed);
            write([&](db::Session& session) {
                lock(session, id, number, kOpen);
                lock(session, id, name, attributes);
            });
            const Result<bool> by_tag = try_removal(id, 1);
            ASSERT_FALSE(by_tag) << number;
            EXPECT_EQ(by_tag.error().code, Errc::disallowed);
            // What lies above the lock does not go with it.
            EXPECT_EQ(try_removal(id, 3).has_value(), number != 3);
            write([&](db::Session& session) { lock(session, id, name, kOpen); });
        }
    }
}

TEST_F(LockedItems, OtherFlagsAndOtherItemsDoNotStopIt) {
    RepositoryId id = 0;
    write([&id](db::Session& session) {
        id = fill(session);
        const RepositoryId other = fill(session, "b");
        lock(session, other, 1, kNoDelete);
        lock(session, other, "t1", kNoDelete);
        lock(session, id, 1, kHarmless);
        lock(session, id, "t1", kHarmless);
        put(session, id, digest(7), image());
        label(session, id, "t7", digest(7));
        lock(session, id, 7, kNoWrite);
        lock(session, id, "t7", kNoDelete);
    });
    EXPECT_EQ(try_removal(id, 1), true);
    EXPECT_EQ(try_removal(id, 8), false);
}

TEST_F(LockedItems, ARepositoryKnowsWhetherItHoldsAny) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        const RepositoryId other = fill(session, "b");
        EXPECT_EQ(holds_locked_items(session, id), false);
        lock(session, id, "t2", kHarmless);
        lock(session, id, 2, kHarmless);
        EXPECT_EQ(holds_locked_items(session, id), false);
        lock(session, id, "t2", kNoWrite);
        EXPECT_EQ(holds_locked_items(session, id), true);
        EXPECT_EQ(holds_locked_items(session, other), false);
        lock(session, id, "t2", kOpen);
        EXPECT_EQ(holds_locked_items(session, id), false);
        lock(session, id, 3, kNoDelete);
        EXPECT_EQ(holds_locked_items(session, id), true);
    });
}

TEST_F(LockedItems, ABlobIsHeldByTheManifestsThatReferToIt) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        const RepositoryId other = fill(session, "b");
        const auto held = [&] { return is_held_by_lock(session, id, digest(50)); };
        EXPECT_EQ(held(), false);
        lock(session, id, 2, kNoDelete);  // does not refer to it
        lock(session, id, "t2", kNoWrite);
        lock(session, other, 1, kNoDelete);
        EXPECT_EQ(held(), false);
        lock(session, id, 3, kNoWrite);
        EXPECT_EQ(held(), true);
        lock(session, id, 3, kOpen);
        lock(session, id, "t1", kNoDelete);
        EXPECT_EQ(held(), true);
        lock(session, id, "t1", kHarmless);
        EXPECT_EQ(held(), true);  // a merge: it is still not to be deleted
        lock(session, id, "t1", kOpen);
        EXPECT_EQ(held(), false);
        EXPECT_EQ(is_held_by_lock(session, id, digest(51)), false);
    });
}

// A child manifest is no blob, even where bytes of the same digest were uploaded as one.
TEST_F(LockedItems, AnIndexDoesNotHoldABlobOfItsChildsName) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        oci::Manifest list = testing::index();
        list.references.push_back(descriptor(ReferenceRole::child, digest(1), 1));
        put(session, id, digest(8), list);
        lock(session, id, 8, kNoDelete);
        EXPECT_EQ(is_held_by_lock(session, id, digest(1)), false);
    });
}

}  // namespace
}  // namespace berth::meta
