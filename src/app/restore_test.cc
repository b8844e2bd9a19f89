// SPDX-License-Identifier: Apache-2.0
#include "app/restore.h"

#include "app/testing/backup_fixture.h"
#include "io/file.h"

#include <fcntl.h>
#include <sys/file.h>

namespace berth::app {
namespace {

using registry::sha256;

class RestoreTest : public BackupTest {};

TEST_F(RestoreTest, IsRestoredAndServes) {
    const auto made = backup();
    EXPECT_TRUE(complete_);
    EXPECT_EQ(number(made, "objects_brought"), 4);
    EXPECT_EQ(number(made, "manifests"), 1);
    EXPECT_EQ(std::filesystem::status(place()).permissions(), std::filesystem::perms::owner_all);
    ASSERT_TRUE(push("app", "after the backup"));
    for (const char* flag : {"--check", "--quick"}) {
        const auto checked = run({"backup", place().string(), "--check", flag}, directory_.path());
        ASSERT_TRUE(checked) << checked.error().log_detail;
    }
    const auto restored = restore({"--verify"});
    ASSERT_TRUE(restored) << restored.error().log_detail;
    serve_restored();
    EXPECT_EQ(pull("app", sha256(kBlob)), kBlob);
    EXPECT_EQ(get("v1"), "ok");
    EXPECT_EQ(pull("app", sha256("after the backup")), "[blob_unknown]");
    ASSERT_TRUE(push("app", "after the restore"));
    ASSERT_TRUE(run({"verify"}, target()));
    EXPECT_EQ(restore().error().code, Errc::conflict);
}

TEST_F(RestoreTest, NotWhileABackupIsMadeThere) {
    backup();
    const io::FileHandle lock(::open((place() / "backup.lock").c_str(), O_RDWR | O_CLOEXEC));
    ASSERT_EQ(::flock(lock.fd(), LOCK_EX), 0);
    const std::vector<std::string> check{"backup", place().string(), "--check"};
    EXPECT_EQ(run(check, directory_.path()).error().code, Errc::conflict);
    EXPECT_EQ(restore().error().code, Errc::conflict);
    EXPECT_FALSE(std::filesystem::exists(target()));
    // Who only reads does not keep others from reading.
    ASSERT_EQ(::flock(lock.fd(), LOCK_SH), 0);
    EXPECT_TRUE(run(check, directory_.path()));
    ASSERT_EQ(::flock(lock.fd(), LOCK_UN), 0);
    std::filesystem::remove(place() / "backup.lock");  // a copy may lack it
    EXPECT_TRUE(restore());
}

TEST_F(RestoreTest, WithoutItsRecordItIsNone) {
    EXPECT_EQ(restore().error().code, Errc::io_error);
    backup();
    std::filesystem::rename(place() / "backup.json", place() / "other");
    EXPECT_EQ(restore().error().code, Errc::io_error);
    EXPECT_FALSE(std::filesystem::exists(target()));
    const auto again = backup();
    EXPECT_EQ(number(again, "objects_kept"), 4);
    EXPECT_TRUE(restore());
}

TEST_F(RestoreTest, AnotherCatalogThanItSaysIsRefused) {
    const std::string catalog(backup().at("catalog").as_string());
    std::fstream file(place() / catalog, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(5000);
    file.put('#');
    file.close();
    EXPECT_EQ(restore().error().code, Errc::corrupt);
    EXPECT_FALSE(std::filesystem::exists(target()));
}

TEST_F(RestoreTest, ADamagedObjectOfTheBackupIsFoundAndLeftOut) {
    backup({"--by", "copy"});
    const auto location = std::filesystem::relative(object_of(kBlob), directory_.path());
    std::fstream file(place() / location, std::ios::binary | std::ios::in | std::ios::out);
    file.put('#');
    file.close();
    EXPECT_TRUE(run({"backup", place().string(), "--check", "--quick"}, directory_.path()));
    const auto checked = run({"backup", place().string(), "--check"}, directory_.path());
    EXPECT_EQ(checked.error().code, Errc::corrupt);
    EXPECT_EQ(restore({"--verify"}).error().code, Errc::corrupt);
    serve_restored();
    EXPECT_EQ(pull("app", sha256(kBlob)), "[blob_unknown]");
    EXPECT_EQ(pull("app", sha256("layer")), "layer");
}

}  // namespace
}  // namespace berth::app
