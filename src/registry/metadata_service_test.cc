// SPDX-License-Identifier: Apache-2.0
#include "registry/metadata_service.h"

#include "registry/testing/metadata_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace berth::registry {
namespace {

class MetadataServiceTest : public MetadataTest {
  protected:
    const std::string one_ = image(kConfig, "layer");
    const std::string two_ = image(kConfig, "other layer");

    std::vector<std::string> tag_names(Order order) {
        const PageRequest all(100, "");
        const auto page =
            io::run_task(metadata().tags(repository("app"), order, std::nullopt, all)).value();
        std::vector<std::string> names;
        for (const TagRow& row : page.items) {
            names.push_back(row.name);
        }
        return names;
    }
};

TEST_F(MetadataServiceTest, ARepositoryIsThereWithItsFirstManifest) {
    const Error before = io::run_task(metadata().repository(repository("app"))).error();
    EXPECT_EQ(before.code, Errc::name_unknown);
    EXPECT_EQ(before.message, "repository \"app\" is not found");
    ASSERT_EQ(put(one_, {"v1", "v2"}), "ok");
    const RepositoryRow row = repository_row();
    EXPECT_EQ(row.manifest_count, 1);
    EXPECT_EQ(row.tag_count, 2);
    EXPECT_EQ(row.attributes, Attributes());
    EXPECT_FALSE(row.teleport_enabled);
    EXPECT_LE(row.created, row.updated);
}

TEST_F(MetadataServiceTest, ChangingAttributesMovesNoTime) {
    ASSERT_EQ(put(one_, {"v1"}), "ok");
    const RepositoryRow before = repository_row();
    change_repository(write(false));
    change_tag("v1", list(false));
    change_manifest(sha256(one_), deletion(false));
    const RepositoryRow after = repository_row();
    EXPECT_EQ(after.updated, before.updated);
    EXPECT_FALSE(after.attributes.write_enabled);
    EXPECT_TRUE(after.attributes.delete_enabled) << "only what was named";
    EXPECT_FALSE(tag_row("v1").attributes.list_enabled);
    EXPECT_TRUE(tag_row("v1").attributes.delete_enabled) << "levels are independent";
}

TEST_F(MetadataServiceTest, ATagKeepsItsBirthWhenItMoves) {
    ASSERT_EQ(put(one_, {"v1"}), "ok");
    const TagRow first = tag_row("v1");
    EXPECT_GE(first.created, details(sha256(one_)).manifest.created);
    ASSERT_EQ(put(two_, {"v1"}), "ok");
    const TagRow moved = tag_row("v1");
    EXPECT_EQ(moved.digest, sha256(two_));
    EXPECT_EQ(moved.created, first.created);
    EXPECT_GT(moved.updated, first.updated);
    EXPECT_TRUE(details(sha256(one_)).manifest.tags.empty());
}

TEST_F(MetadataServiceTest, UntaggingKeepsTheManifestAndNamesIt) {
    ASSERT_EQ(put(one_, {"v1"}), "ok");
    const auto removed = io::run_task(metadata().remove_tag(repository("app"), tag("v1")));
    EXPECT_EQ(removed.value(), sha256(one_));
    EXPECT_EQ(get(sha256(one_).text()), "ok");
    EXPECT_EQ(repository_row().tag_count, 0);
    EXPECT_EQ(untag("v1"), "tag_unknown");
}

TEST_F(MetadataServiceTest, ArchitectureAndOsComeFromTheConfig) {
    ASSERT_EQ(put(one_), "ok");
    const ManifestRow row = details(sha256(one_)).manifest;
    EXPECT_EQ(row.architecture, "arm64");
    EXPECT_EQ(row.os, "linux");
    EXPECT_EQ(row.config_media_type, "application/vnd.oci.image.config.v1+json");
    EXPECT_EQ(row.image_size, one_.size() + kConfig.size() + 5);
}

TEST_F(MetadataServiceTest, AConfigThatIsNoJsonDoesNotFailThePush) {
    ASSERT_TRUE(push("app", "no JSON"));
    const std::string odd = image("no JSON", "layer");
    EXPECT_EQ(put(odd), "ok");
    EXPECT_EQ(details(sha256(odd)).manifest.architecture, "");
    EXPECT_EQ(details(sha256(odd)).manifest.os, "");
}

TEST_F(MetadataServiceTest, ALargeConfigIsNotLookedInto) {
    ManifestPolicy policy;
    policy.config_bytes_max = kConfig.size() - 1;
    ManifestService manifests(registry_->database, *registry_->store, policy);
    PutManifest request(repository("app"), "", as_bytes(one_));
    ASSERT_TRUE(io::run_task(manifests.put(request)));
    EXPECT_EQ(details(sha256(one_)).manifest.os, "");
}

TEST_F(MetadataServiceTest, AnIndexNamesItsChildren) {
    ASSERT_EQ(put(one_), "ok");
    const std::string index = index_of(one_);
    ASSERT_EQ(put(index, {"all"}), "ok");
    const ManifestDetails found = details(sha256(index));
    ASSERT_EQ(found.children.size(), 1U);
    EXPECT_EQ(found.children.front().digest, sha256(one_));
    EXPECT_EQ(found.manifest.architecture, "");
    EXPECT_EQ(found.manifest.image_size, index.size() + details(sha256(one_)).manifest.image_size);
    EXPECT_TRUE(details(sha256(one_)).children.empty());
}

TEST_F(MetadataServiceTest, TimeOrdersGoOnBehindARemovedTag) {
    for (const char* name : {"c", "a", "d", "b"}) {
        ASSERT_EQ(put(one_, {name}), "ok");
    }
    EXPECT_EQ(tag_names(Order::newest_first), (std::vector<std::string>{"b", "d", "a", "c"}));
    EXPECT_EQ(tag_names(Order::oldest_first), (std::vector<std::string>{"c", "a", "d", "b"}));
    ASSERT_EQ(untag("d"), "ok");
    const PageRequest behind(100, "d");
    const auto page =
        io::run_task(metadata().tags(repository("app"), Order::newest_first, std::nullopt, behind))
            .value();
    ASSERT_EQ(page.items.size(), 2U);
    EXPECT_EQ(page.items.front().name, "a");
}

TEST_F(MetadataServiceTest, DeletingARepositoryNamesWhatWent) {
    ASSERT_EQ(put(one_, {"v2", "v1"}), "ok");
    ASSERT_EQ(put(index_of(one_)), "ok");
    change_tag("v2", list(false));
    const auto removed = io::run_task(metadata().remove_repository(repository("app"))).value();
    std::vector<std::string> digests{sha256(one_).text(), sha256(index_of(one_)).text()};
    std::ranges::sort(digests);
    EXPECT_EQ(removed.manifests, digests);
    EXPECT_EQ(removed.tags, (std::vector<std::string>{"v1", "v2"}));
    EXPECT_EQ(get("v1"), "manifest_unknown");
    EXPECT_EQ(pull("app", sha256("layer")), "[blob_unknown]");

    const Error again = io::run_task(metadata().remove_repository(repository("app"))).error();
    EXPECT_EQ(again.code, Errc::name_unknown);
    EXPECT_EQ(again.message, "");
    EXPECT_EQ(again.wire_detail, R"({"name":"app"})");
}

TEST_F(MetadataServiceTest, ANewRepositoryOfTheNameStartsAfresh) {
    ASSERT_EQ(put(one_, {"v1"}), "ok");
    ASSERT_TRUE(push("other", "layer"));
    const Timestamp born = repository_row().created;
    change_repository(list(false));
    ASSERT_EQ(remove_repository(), "ok");
    EXPECT_EQ(put(one_, {"v1"}), "manifest_blob_unknown") << "its blobs went with it";
    EXPECT_EQ(pull("other", sha256("layer")), "layer");
    ASSERT_TRUE(push("app", kConfig));
    ASSERT_TRUE(push("app", "layer"));
    ASSERT_EQ(put(one_), "ok");
    EXPECT_GT(repository_row().created, born);
    EXPECT_EQ(repository_row().tag_count, 0);
    EXPECT_EQ(repository_row().attributes, Attributes());
}

TEST_F(MetadataServiceTest, ASessionOutlivesTheRepositoryAndMakesItAnew) {
    ASSERT_EQ(put(one_, {"v1"}), "ok");
    const std::unique_ptr<UploadHold> hold = begin().value();
    ASSERT_TRUE(append(*hold, "late"));
    ASSERT_EQ(remove_repository(), "ok");
    EXPECT_EQ(outcome(commit(*hold, sha256("late"))), "ok");
    EXPECT_EQ(pull("app", sha256("late")), "late");
}

TEST_F(MetadataServiceTest, TheLastManifestTakesTheRepositoryWithIt) {
    ASSERT_EQ(put(one_, {"v1"}), "ok");
    change_repository(deletion(false));
    ASSERT_EQ(remove(sha256(one_).text()), "ok");
    EXPECT_EQ(outcome(io::run_task(metadata().repository(repository("app")))), "name_unknown");
    ASSERT_EQ(put(one_), "ok");
    EXPECT_EQ(repository_row().attributes, Attributes());
}

TEST_F(MetadataServiceTest, AReadLockIsNotOpenedByTheLastManifest) {
    ASSERT_EQ(put(one_, {"v1"}), "ok");
    ASSERT_EQ(put(two_), "ok");
    change_repository(read(false));
    ASSERT_EQ(remove(sha256(one_).text()), "ok");
    EXPECT_EQ(pull("app", sha256("layer")), "[disallowed]");
    ASSERT_EQ(remove(sha256(two_).text()), "ok");
    EXPECT_EQ(pull("app", sha256("layer")), "[blob_unknown]");
    ASSERT_TRUE(push("app", kConfig));
    ASSERT_TRUE(push("app", "layer"));
    ASSERT_EQ(put(one_), "ok");
    EXPECT_EQ(repository_row().attributes, Attributes());
}

TEST_F(MetadataServiceTest, BlobsOfAnEmptiedRepositoryStayForPushesUnderWay) {
    ASSERT_EQ(put(one_), "ok");
    ASSERT_EQ(remove(sha256(one_).text()), "ok");
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
    EXPECT_EQ(put(one_), "ok");
}

// What a deletion leaves rests for a minute, so tidy_up() has nothing to do yet.
TEST_F(MetadataServiceTest, TidyingUpLeavesWhatIsStillRead) {
    ASSERT_EQ(put(one_, {"v1"}), "ok");
    ASSERT_EQ(remove_repository(), "ok");
    EXPECT_FALSE(io::run_task(metadata().tidy_up()).value());
}

}  // namespace
}  // namespace berth::registry
