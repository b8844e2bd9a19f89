// SPDX-License-Identifier: Apache-2.0
#include "meta/retention_items.h"

#include "meta/testing/catalog_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::meta {
namespace {

using testing::descriptor;
using testing::digest;
using ::testing::ElementsAre;
using testing::image;
using ::testing::IsEmpty;
using testing::tag;
using Names = std::vector<std::string>;

class RetentionItems : public testing::CatalogTest {};

TEST_F(RetentionItems, RepositoriesWithoutDetachedOnes) {
    write([](db::Session& session) {
        for (const char* name : {"b", "a", "0"}) {
            ensure(session, name);
        }
        ASSERT_TRUE(detach_repository(session, ensure(session, "gone"), Timestamp{1}));
        const auto names = [&session](const std::string& last, std::uint32_t limit) {
            Names found;
            const auto rows = repositories_behind(session, last, limit);
            for (const NamedRepository& one : *rows) {
                found.push_back(one.name);
            }
            return found;
        };
        EXPECT_THAT(names("", 10), ElementsAre("0", "a", "b"));
        EXPECT_THAT(names("0", 1), ElementsAre("a"));
        EXPECT_THAT(names("b", 1), IsEmpty());
    });
}

TEST_F(RetentionItems, TagsAndManifestsHiddenOnesToo) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        oci::Manifest signature = image();
        signature.subject = digest(1);
        oci::Manifest index = testing::index();
        index.references.push_back(descriptor(oci::ReferenceRole::child, digest(1), 1));
        put(session, id, digest(1), image(), 5);
        put(session, id, digest(2), signature, 6);
        put(session, id, digest(3), index, 7);
        label(session, id, "v1", digest(1), 8);
        label(session, id, "v2", digest(1), 9);
        static constexpr db::Sql kPulled(
            "INSERT INTO manifest_pulls SELECT id, 77 FROM manifests WHERE digest = $1");
        ASSERT_TRUE(session.execute(kPulled, {digest(1).stored()}));
        AttributesChange hide;
        hide.list_enabled = false;
        hide.write_enabled = false;
        ASSERT_EQ(change_tag(session, id, tag("v2"), hide), true);

        const auto tags = *tags_behind(session, id, "", 10);
        ASSERT_EQ(tags.size(), 2U);
        EXPECT_EQ(tags[0].name, "v1");
        EXPECT_EQ(tags[0].updated.ticks, 8);
        EXPECT_EQ(tags[0].pulled->ticks, 77);
        EXPECT_FALSE(tags[0].locked);
        EXPECT_TRUE(tags[1].locked);
        EXPECT_EQ(tags_behind(session, id, "v1", 10)->size(), 1U);
        const auto manifests = *manifests_behind(session, id, {}, 10);
        ASSERT_EQ(manifests.size(), 3U);
        EXPECT_TRUE(manifests[0].tagged);
        EXPECT_FALSE(manifests[1].tagged);
        EXPECT_TRUE(manifests[1].has_subject);
        EXPECT_FALSE(manifests[2].pulled.has_value());
        EXPECT_EQ(manifests_behind(session, id, digest(1).stored(), 1)->front().digest, digest(2));

        ASSERT_EQ(remove_tag(session, id, tag("v2"), Timestamp{20}), true);
        EXPECT_EQ((*find_retention_manifest(session, id, digest(1)))->untagged->ticks, 20);
        label(session, id, "v2", digest(1), 21);
        label(session, id, "v2", digest(1), 22);
        EXPECT_EQ((*find_retention_manifest(session, id, digest(1)))->untagged->ticks, 20);
        EXPECT_FALSE((*find_retention_manifest(session, id, digest(2)))->untagged.has_value());

        EXPECT_EQ((*find_retention_tag(session, id, "v1"))->digest, digest(1));
        EXPECT_FALSE((*find_retention_tag(session, id, "v3")).has_value());
        EXPECT_EQ((*find_retention_manifest(session, id, digest(3)))->updated.ticks, 7);
        EXPECT_THAT(*tag_names_of(session, id, digest(1), 9), ElementsAre("v1", "v2"));
        EXPECT_THAT(*parents_of(session, id, digest(1), 9), ElementsAre(digest(3)));
        EXPECT_THAT(*referrers_of(session, id, digest(1), 9), ElementsAre(digest(2)));
        EXPECT_EQ(*subject_of(session, id, digest(2)), digest(1));
        EXPECT_FALSE((*subject_of(session, id, digest(1))).has_value());
    });
}

}  // namespace
}  // namespace berth::meta
