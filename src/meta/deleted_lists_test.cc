// SPDX-License-Identifier: Apache-2.0
//
// The lists of what is in the bin.
#include "meta/deleted.h"
#include "meta/testing/catalog_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace berth::meta {
namespace {

using testing::digest;
using ::testing::ElementsAre;
using testing::image;
using ::testing::IsEmpty;
using testing::repository;
using testing::tag;

constexpr Disposal kKeep{.keep_ticks = 100, .by = "alice"};

class DeletedLists : public testing::CatalogTest {
  protected:
    // Manifest 1 with the tags v1 and v2.
    static RepositoryId make_image(db::Session& session, const std::string& name = "a") {
        const RepositoryId id = ensure(session, name);
        put(session, id, digest(1), image(), 5);
        label(session, id, "v1", digest(1), 6);
        label(session, id, "v2", digest(1), 7);
        return id;
    }
};

TEST_F(DeletedLists, RepositoriesAreListedOnceInOrderAndRange) {
    write([](db::Session& session) {
        for (const char* name : {"a", "ab", "b", "c"}) {
            const RepositoryId id = make_image(session, name);
            ASSERT_TRUE(remove_manifest(session, id, digest(1), Timestamp{10}, kKeep));
        }
        const RepositoryId only_tag = make_image(session, "bb");
        ASSERT_TRUE(remove_tag(session, only_tag, tag("v1"), Timestamp{10}, kKeep));
        make_image(session, "untouched");
        const auto list = [&](std::uint32_t limit, const std::string& last,
                              const oci::NameRanges& among) {
            return list_deleted_repositories(session, PageRequest(limit, last), among)->items;
        };
        EXPECT_THAT(list(10, "", oci::every_name()), ElementsAre("a", "ab", "b", "bb", "c"));
        EXPECT_THAT(list(2, "", oci::every_name()), ElementsAre("a", "ab"));
        EXPECT_THAT(list(2, "ab", oci::every_name()), ElementsAre("b", "bb"));
        EXPECT_THAT(list(9, "", oci::ranges_of({"a*", "c"})), ElementsAre("a", "ab", "c"));
        EXPECT_THAT(list(9, "a", oci::ranges_of({"a*", "c"})), ElementsAre("ab", "c"));
        EXPECT_THAT(list(9, "c", oci::ranges_of({"a*", "c"})), IsEmpty());
        EXPECT_TRUE(list_deleted_repositories(session, PageRequest(2, ""))->more);
        EXPECT_FALSE(list_deleted_repositories(session, PageRequest(5, ""))->more);
    });
}

TEST_F(DeletedLists, PagesOfTagsGoOnBehindAnId) {
    write([](db::Session& session) {
        const RepositoryId id = make_image(session);
        ASSERT_TRUE(remove_manifest(session, id, digest(1), Timestamp{10}, kKeep));
        const auto first = list_deleted_tags(session, repository("a"), PageRequest(1, ""));
        ASSERT_EQ(first->items.size(), 1U);
        EXPECT_TRUE(first->more);
        const std::string last = std::to_string(first->items.front().id);
        const auto second = list_deleted_tags(session, repository("a"), PageRequest(5, last));
        ASSERT_EQ(second->items.size(), 1U);
        EXPECT_EQ(second->items.front().name, "v2");
        const auto wrong = list_deleted_tags(session, repository("a"), PageRequest(5, "v1"));
        EXPECT_EQ(wrong.error().code, Errc::pagination_invalid);
    });
}

}  // namespace
}  // namespace berth::meta
