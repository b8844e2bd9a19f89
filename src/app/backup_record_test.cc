// SPDX-License-Identifier: Apache-2.0
#include "app/backup_record.h"

#include "io/testing/temporary_directory.h"
#include "oci/hasher.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <string>

namespace berth::app {
namespace {

BackupRecord record() {
    BackupRecord made;
    made.program = "berth 1";
    made.completed_at = Timestamp{123456789};
    made.catalog = "catalog.1.db";
    made.catalog_bytes = 4096;
    made.catalog_digest = "sha256:00";
    made.totals.schema = 6;
    made.totals.blobs = 3;
    made.totals.bytes_in_files = 1ULL << 40;
    made.damaged = 1;
    return made;
}

TEST(BackupRecordTest, IsReadAsItWasWritten) {
    const io::TemporaryDirectory directory;
    EXPECT_FALSE(read_backup_record(directory.path())->has_value());
    ASSERT_TRUE(write_backup_record(directory.path(), record()));
    const auto read = read_backup_record(directory.path());
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->catalog, "catalog.1.db");
    EXPECT_EQ((*read)->catalog_bytes, 4096U);
    EXPECT_EQ((*read)->catalog_digest, "sha256:00");
    EXPECT_EQ((*read)->completed_at, Timestamp{123456789});
    EXPECT_EQ((*read)->totals.schema, 6);
    EXPECT_EQ((*read)->totals.blobs, 3U);
    EXPECT_EQ((*read)->totals.bytes_in_files, 1ULL << 40);
    EXPECT_EQ((*read)->damaged, 1U);
    const auto mode = std::filesystem::status(directory.path() / "backup.json").permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST(BackupRecordTest, NothingElseIsTakenForOne) {
    EXPECT_TRUE(parse_backup_record(json_of(record())));
    std::string newer = json_of(record());
    newer.replace(newer.find("\"format\":1"), 10, "\"format\":2");
    std::string elsewhere = json_of(record());
    elsewhere.replace(elsewhere.find("catalog.1.db"), 12, "../../passwd");
    for (const std::string& text : {std::string(), std::string("[]"), std::string("{}"),
                                    std::string("{\"format\":\"1\"}"), newer, elsewhere}) {
        EXPECT_EQ(parse_backup_record(text).error().code, Errc::corrupt) << text;
    }
}

TEST(BackupRecordTest, AFilesDigest) {
    const io::TemporaryDirectory directory;
    ASSERT_TRUE(write_backup_record(directory.path(), record()));
    const auto files = io::real_file_system();
    const auto digest = digest_of_file(*files, directory.path() / "backup.json");
    EXPECT_EQ(digest, oci::digest_of(oci::Algorithm::sha256, as_bytes(json_of(record()))).text());
}

}  // namespace
}  // namespace berth::app
