// SPDX-License-Identifier: Apache-2.0
//
// `berth backup` and `berth restore` on a data directory that a registry has open.
#include "app/commands.h"
#include "app/options.h"
#include "meta/blobs.h"
#include "registry/testing/metadata_fixture.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace berth::app {
namespace {

using io::run_task;
using registry::sha256;

class BackupTest : public registry::MetadataTest {
  protected:
    BackupTest() {
        EXPECT_TRUE(push("app", kBlob));
        EXPECT_EQ(put(text_, {"v1"}), "ok");
    }

    static Result<std::string> run(std::vector<std::string> words,
                                   const std::filesystem::path& data) {
        words.insert(words.end(), {"--output", "json", "--data", data.string()});
        const Result<Options> options = parse_options(all_commands(), words, {});
        EXPECT_TRUE(options) << options.error().log_detail;
        return options->run(options->invocation);
    }

    boost::json::object backup(std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"backup", place().string()});
        const Result<std::string> printed = run(std::move(more), directory_.path());
        const bool answered = printed || !printed.error().message.empty();
        EXPECT_TRUE(answered) << printed.error().log_detail;
        complete_ = printed.has_value();
        return boost::json::parse(printed ? *printed : printed.error().message).as_object();
    }

    Result<std::string> restore(std::vector<std::string> more = {}) {
        more.insert(more.begin(), {"restore", place().string()});
        return run(std::move(more), target());
    }

    /// Serves what was restored instead of what it was made of.
    void serve_restored() {
        registry_.reset();
        registry_ = std::make_unique<registry::RunningRegistry>(target());
    }

    static int number(const boost::json::object& json, const char* name) {
        return json.at(name).to_number<int>();
    }

    std::filesystem::path place() const { return other_.path() / "backup"; }

    std::filesystem::path target() const { return other_.path() / "restored"; }

    std::filesystem::path object_of(std::string_view content) {
        const oci::Digest digest = sha256(content);
        auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
        const auto row = run_task(registry_->database.read(find));
        return directory_.path() / "blobs" / (*row)->location;
    }

    const std::string kBlob = "a blob";
    const std::string text_ = registry::image(registry::kConfig, "layer");
    io::TemporaryDirectory other_;
    bool complete_ = false;
};

TEST_F(BackupTest, IsRestoredAndServes) {
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

TEST_F(BackupTest, ASecondRunBringsWhatIsNewAndRemovesWhatWent) {
    backup();
    ASSERT_TRUE(push("app", "new"));
    const std::filesystem::path object = object_of(kBlob);
    EXPECT_EQ(remove_blob(kBlob), "ok");
    static constexpr db::Sql kCollect(
        "DELETE FROM blobs WHERE id NOT IN (SELECT blob_id FROM blob_links)");
    auto collect = [](db::Session& session) { return session.execute(kCollect, {}); };
    ASSERT_TRUE(run_task(registry_->database.write(collect)));
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

TEST_F(BackupTest, WithoutItsRecordItIsNone) {
    EXPECT_EQ(restore().error().code, Errc::io_error);
    backup();
    std::filesystem::rename(place() / "backup.json", place() / "other");
    EXPECT_EQ(restore().error().code, Errc::io_error);
    EXPECT_FALSE(std::filesystem::exists(target()));
    const auto again = backup();
    EXPECT_EQ(number(again, "objects_kept"), 4);
    EXPECT_TRUE(restore());
}

TEST_F(BackupTest, AnotherCatalogThanItSaysIsRefused) {
    const std::string catalog(backup().at("catalog").as_string());
    std::fstream file(place() / catalog, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(5000);
    file.put('#');
    file.close();
    EXPECT_EQ(restore().error().code, Errc::corrupt);
    EXPECT_FALSE(std::filesystem::exists(target()));
}

TEST_F(BackupTest, NobodyElsesDirectoryIsTaken) {
    std::filesystem::create_directory(place());
    std::ofstream(place() / "mine") << "mine";
    const auto refused = run({"backup", place().string()}, directory_.path());
    EXPECT_EQ(refused.error().code, Errc::conflict);
    const auto into_data = run({"backup", directory_.path().string()}, directory_.path());
    EXPECT_EQ(into_data.error().code, Errc::conflict);
}

TEST_F(BackupTest, WhatIsDamagedIsSaidAndLeftOut) {
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

TEST_F(BackupTest, ADamagedObjectOfTheBackupIsFoundAndLeftOut) {
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
