// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_layout.h"

#include "oci/hasher.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::blob {
namespace {

constexpr std::string_view kId = "7d0c1e52-93ab-4c6f-8e21-5a40b6d7f913";

TEST(FsLayout, UploadIdsAreUuidsOnly) {
    const FsLayout layout("/data");
    EXPECT_EQ(layout.upload_path(kId), "/data/uploads/" + std::string(kId));
    for (const std::string bad :
         {"", ".", "..", "../../../../../../../../../etc/passwd",
          "7D0C1E52-93AB-4C6F-8E21-5A40B6D7F913", "7d0c1e52-93ab-4c6f-8e21-5a40b6d7f91",
          "7d0c1e52-93ab-4c6f-8e21-5a40b6d7f9133", "7d0c1e52-93ab-4c6f-8e21-5a40b6d7f91/",
          "7d0c1e52093ab-4c6f-8e21-5a40b6d7f913", "/d0c1e52-93ab-4c6f-8e21-5a40b6d7f913"}) {
        EXPECT_FALSE(layout.upload_path(bad)) << bad;
    }
    EXPECT_FALSE(
        layout.upload_path(std::string_view("7d0c1e52-93ab-4c6f-8e21-5a40b6d7f9\0003", 36)));
}

TEST(FsLayout, LocationsLeadToTheirShard) {
    const FsLayout layout("/data");
    for (const auto algorithm : {oci::Algorithm::sha256, oci::Algorithm::sha512}) {
        const oci::Digest digest = oci::digest_of(algorithm, as_bytes("abc"));
        const Location location = layout.location_of(digest, kId);
        const auto path = layout.blob_path(location);
        ASSERT_TRUE(path) << location.text;
        EXPECT_EQ(path->parent_path(), layout.of_algorithm(algorithm) / digest.hex().substr(0, 2));
        EXPECT_EQ(path->filename(), digest.hex() + ".7d0c1e5293ab4c6f8e215a40b6d7f913");
    }
}

TEST(FsLayout, ForeignLocationsLeadNowhere) {
    const FsLayout layout("/data");
    const oci::Digest digest = oci::digest_of(oci::Algorithm::sha256, as_bytes("abc"));
    const std::string good = layout.location_of(digest, kId).text;
    ASSERT_TRUE(layout.blob_path(Location(good)));
    for (std::size_t i = 0; i <= good.size(); ++i) {
        EXPECT_FALSE(layout.blob_path(Location(good.substr(0, i) + "/" + good.substr(i)))) << i;
        if (i < good.size()) {
            EXPECT_FALSE(layout.blob_path(Location(good.substr(0, i)))) << i;
            std::string changed = good;
            changed[i] = '.';
            EXPECT_EQ(layout.blob_path(Location(changed)).has_value(), changed == good) << i;
        }
    }
    EXPECT_FALSE(layout.blob_path(Location("../uploads/" + std::string(kId))));
    EXPECT_FALSE(layout.blob_path(Location("sha512" + good.substr(6))));
}

}  // namespace
}  // namespace berth::blob
