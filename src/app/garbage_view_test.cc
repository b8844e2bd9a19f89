// SPDX-License-Identifier: Apache-2.0
#include "app/garbage_view.h"

#include "oci/hasher.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::Not;

oci::Digest digest_of(std::string_view text) {
    return oci::digest_of(oci::Algorithm::sha256, as_bytes(text));
}

/// A grace of 100 ticks' time, a read grace of 10.
registry::GarbagePolicy policy() {
    registry::GarbagePolicy graces;
    graces.grace = std::chrono::milliseconds(100);
    graces.read_grace = std::chrono::milliseconds(10);
    return graces;
}

Timestamp at(std::int64_t milliseconds) {
    return Timestamp{milliseconds * (kTicksPerSecond / 1000)};
}

meta::RepositoryHolder link(const char* name, std::int64_t touched) {
    meta::RepositoryHolder holder(name);
    holder.linked = holder.touched = at(touched);
    return holder;
}

TEST(GarbageView, WhatIsHeldHasNoEnd) {
    meta::BlobFacts blob;
    blob.repositories.push_back(link("app", 0));
    blob.repositories.back().manifests.emplace_back(digest_of("manifest"));
    EXPECT_FALSE(earliest_removal(blob, policy(), at(500)));
    blob.repositories.clear();
    EXPECT_EQ(earliest_removal(blob, policy(), at(500)), at(510));
    blob.held_without_link = true;
    EXPECT_FALSE(earliest_removal(blob, policy(), at(500)));
}

TEST(GarbageView, TheLastLinkAndTheGracesDecide) {
    meta::BlobFacts blob;
    blob.repositories.push_back(link("one", 450));
    blob.repositories.push_back(link("two", 480));
    EXPECT_EQ(earliest_removal(blob, policy(), at(500)), at(590));
    EXPECT_EQ(earliest_removal(blob, policy(), at(700)), at(710));
    blob.repositories.clear();
    blob.state = meta::BlobState::condemned;
    blob.condemned = at(495);
    EXPECT_EQ(earliest_removal(blob, policy(), at(500)), at(505));
    EXPECT_EQ(earliest_removal(blob, policy(), at(600)), at(600));
    blob.state = meta::BlobState::deleting;
    EXPECT_EQ(earliest_removal(blob, policy(), at(500)), at(500));
}

TEST(GarbageView, HoldersGoUpTheIndexes) {
    meta::DigestHolders holders(digest_of("layer"));
    meta::BlobFacts& blob = holders.blob.emplace();
    blob.size = 1;
    blob.location = "sha256/aa/x";
    blob.repositories.push_back(link("app", 0));
    meta::ManifestHolder& manifest =
        blob.repositories.back().manifests.emplace_back(digest_of("manifest"));
    meta::ManifestHolder& index = manifest.indexes.emplace_back(digest_of("index"));
    index.tags = {"v1", "latest"};
    const std::string text = holders_text(holders, policy(), at(500));
    EXPECT_THAT(text, HasSubstr("blob of 1 byte, live, in blobs/sha256/aa/x\n"));
    EXPECT_THAT(text, HasSubstr("    manifest " + digest_of("manifest").text() + ", no tag\n"));
    EXPECT_THAT(text,
                HasSubstr("      in index " + digest_of("index").text() + ", tagged v1, latest\n"));
    EXPECT_THAT(text, HasSubstr("stay while something needs it"));
    const auto json = boost::json::parse(holders_json(holders, policy(), at(500)));
    const auto& repository = json.at("blob").at("repositories").as_array().at(0);
    EXPECT_EQ(repository.at("manifests").as_array().at(0).at("indexes").as_array().size(), 1U);
    EXPECT_TRUE(json.at("blob").at("removed_at_the_earliest").is_null());
}

TEST(GarbageView, AReportSaysWhatItLeavesOut) {
    GarbageReport report;
    report.items.emplace_back(registry::GarbageKind::orphan, "sha256/aa/x", 7);
    report.left_out = 2;
    report.statistics.last_cycle.orphans.add(7);
    report.bytes_kept = true;
    const std::string text = garbage_text(report);
    EXPECT_THAT(text, HasSubstr("orphan  sha256/aa/x, 7 bytes: no row"));
    EXPECT_THAT(text, HasSubstr("... and 2 more\n"));
    EXPECT_THAT(text, HasSubstr("1 orphan file removed, 7 bytes\n"));
    EXPECT_THAT(text, HasSubstr("a backup is being made"));
    EXPECT_THAT(text, Not(HasSubstr("would")));
    const auto json = boost::json::parse(garbage_json(report));
    EXPECT_EQ(json.at("items_left_out").as_int64(), 2);
    EXPECT_EQ(json.at("items").as_array().at(0).at("kind").as_string(), "orphan");
}

}  // namespace
}  // namespace berth::app
