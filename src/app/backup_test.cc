// SPDX-License-Identifier: Apache-2.0
#include "app/backup.h"

#include "app/testing/backup_fixture.h"

namespace berth::app {
namespace {

using registry::sha256;

class MakingABackupTest : public BackupTest {};

TEST_F(MakingABackupTest, ASecondRunBringsWhatIsNewAndRemovesWhatWent) {
    backup();
    ASSERT_TRUE(push("app", "new"));
    const std::filesystem::path object = object_of(kBlob);
    EXPECT_EQ(remove_blob(kBlob), "ok");
    static constexpr db::Sql kCollect(
        "DELETE FROM blobs WHERE id NOT IN (SELECT blob_id FROM blob_links)");
    auto collect = [](db::Session& session) { return session.execute(kCollect, {}); };
    ASSERT_TRUE(io::run_task(registry_->database.write(collect)));
    std::filesystem::remove(object);
    const auto made = backup();
    EXPECT_EQ(number(made, "objects_brought"), 1);
    EXPECT_EQ(number(made, "objects_kept"), 3);
    EXPECT_EQ(number(made, "objects_removed"), 1);
    ASSERT_TRUE(restore());
    serve_restored();
    EXPECT_EQ(pull("app", sha256("new")), "new");
    EXPECT_EQ(pull("app", sha256(kBlob)), "[blob_unknown]");
}

TEST_F(MakingABackupTest, NobodyElsesDirectoryIsTaken) {
    std::filesystem::create_directory(place());
    std::ofstream(place() / "mine") << "mine";
    const auto refused = run({"backup", place().string()}, directory_.path());
    EXPECT_EQ(refused.error().code, Errc::conflict);
    const auto into_data = run({"backup", directory_.path().string()}, directory_.path());
    EXPECT_EQ(into_data.error().code, Errc::conflict);
}

TEST_F(MakingABackupTest, WhatIsDamagedIsSaidAndLeftOut) {
    std::filesystem::remove(object_of(kBlob));
    const auto made = backup();
    EXPECT_FALSE(complete_);
    EXPECT_EQ(made.at("damaged").at(0).as_string(), sha256(kBlob).text());
    ASSERT_TRUE(restore());
    serve_restored();
    EXPECT_EQ(pull("app", sha256(kBlob)), "[blob_unknown]");
    ASSERT_TRUE(push("app", kBlob));
    EXPECT_EQ(pull("app", sha256(kBlob)), kBlob);
}

}  // namespace
}  // namespace berth::app
