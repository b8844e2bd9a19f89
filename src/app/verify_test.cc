// SPDX-License-Identifier: Apache-2.0
//
// `berth verify` on a data directory that a registry has open: every kind of damage is found,
// repaired as documented, and healed by a push.
#include "app/commands.h"
#include "app/options.h"
#include "base/try.h"
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

class VerifyTest : public registry::MetadataTest {
  protected:
    VerifyTest() {
        Limits limits;
        limits.inline_blob_bytes_max = 8;
        restart(limits);
        EXPECT_TRUE(push("app", "small"));
        EXPECT_TRUE(push("app", kLarge));
        EXPECT_EQ(put(text_, {"v1"}), "ok");
    }

    boost::json::object verify(std::vector<std::string> words = {}) const {
        words.insert(words.begin(), "verify");
        words.insert(words.end(), {"--output", "json", "--data", directory_.path().string()});
        const Result<Options> options = parse_options(all_commands(), words, {});
        EXPECT_TRUE(options) << options.error().log_detail;
        const Result<std::string> printed = options->run(options->invocation);
        if (!printed) {
            EXPECT_EQ(printed.error().code, Errc::corrupt) << printed.error().log_detail;
        }
        const std::string text = printed ? *printed : printed.error().message;
        boost::json::object report = boost::json::parse(text).as_object();
        EXPECT_EQ(report.at("clean").as_bool(), printed.has_value());
        return report;
    }

    /// `kind` or `kind: what was done`, of each finding.
    static std::vector<std::string> found(const boost::json::object& report) {
        std::vector<std::string> kinds;
        for (const boost::json::value& one : report.at("findings").as_array()) {
            std::string kind(one.at("kind").as_string());
            if (one.at("repaired").is_string()) {
                kind.append(": ").append(one.at("repaired").as_string());
            }
            kinds.push_back(std::move(kind));
        }
        return kinds;
    }

    std::vector<std::string> found(std::vector<std::string> words = {}) const {
        return found(verify(std::move(words)));
    }

    void change(const db::Sql& sql) {
        auto work = [&sql](db::Session& session) { return session.execute(sql, {}); };
        ASSERT_TRUE(run_task(registry_->database.write(work)));
    }

    std::filesystem::path object_of(std::string_view content) {
        const oci::Digest digest = sha256(content);
        auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
        const auto row = run_task(registry_->database.read(find));
        return directory_.path() / "blobs" / (*row)->location;
    }

    static void flip(const std::filesystem::path& path) {
        std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(2);
        file.put('#');
    }

    using Kinds = std::vector<std::string>;
    const std::string kLarge = "a large blob";
    const std::string text_ = registry::image(registry::kConfig, "layer");
};

TEST_F(VerifyTest, WholeIsClean) {
    const boost::json::object report = verify();
    EXPECT_EQ(found(report), Kinds());
    const auto& checked = report.at("checked").as_object();
    EXPECT_EQ(checked.at("blobs").to_number<int>(), 5);
    EXPECT_EQ(checked.at("blobs_in_catalog").to_number<int>(), 1);
    EXPECT_EQ(checked.at("objects").to_number<int>(), 4);
    EXPECT_EQ(checked.at("manifests").to_number<int>(), 1);
    EXPECT_EQ(report.at("notes").as_array().size(), 0U);
    EXPECT_EQ(found({"--quick"}), Kinds());
}

TEST_F(VerifyTest, AnotherByteInAFile) {
    flip(object_of(kLarge));
    EXPECT_EQ(found({"--quick"}), Kinds());
    EXPECT_EQ(found(), Kinds{"damaged_blob"});
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_blob: quarantined, waits for a push"});
    EXPECT_EQ(files_below("quarantine"), 1U);
    EXPECT_EQ(pull("app", sha256(kLarge)), "[blob_unknown]");
    EXPECT_EQ(found(), Kinds{"lost_blob"});
    ASSERT_TRUE(push("app", kLarge));
    EXPECT_EQ(found(), Kinds());
    EXPECT_EQ(pull("app", sha256(kLarge)), kLarge);
}

TEST_F(VerifyTest, AShortFileAndNone) {
    std::filesystem::resize_file(object_of(kLarge), 3);
    std::filesystem::remove(object_of("layer"));
    EXPECT_EQ(found({"--quick"}).size(), 2U);
    const auto repaired = found({"--repair"});
    EXPECT_EQ(std::ranges::count(repaired, "damaged_blob: quarantined, waits for a push"), 1);
    EXPECT_EQ(std::ranges::count(repaired, "missing_blob: waits for a push"), 1);
    ASSERT_TRUE(push("app", kLarge));
    ASSERT_TRUE(push("app", "layer"));
    EXPECT_EQ(found(), Kinds());
}

TEST_F(VerifyTest, AnotherByteInTheCatalog) {
    change(db::Sql("UPDATE blobs SET bytes = x'7878787878' WHERE location = 'catalog'"));
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_blob: quarantined, waits for a push"});
    EXPECT_EQ(files_below("quarantine"), 1U);
    EXPECT_EQ(pull("app", sha256("small")), "[blob_unknown]");
    ASSERT_TRUE(push("app", "small"));
    EXPECT_EQ(pull("app", sha256("small")), "small");
    EXPECT_EQ(found(), Kinds());
}

TEST_F(VerifyTest, AnotherByteInAManifest) {
    change(db::Sql("UPDATE manifests SET bytes = CAST(replace(bytes, '2', '3') AS BLOB)"));
    EXPECT_EQ(found(), Kinds{"damaged_manifest"});
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_manifest: quarantined, waits for a push"});
    EXPECT_EQ(get("v1"), "manifest_unknown");
    EXPECT_EQ(found({"--repair"}), Kinds{"damaged_manifest"});
    EXPECT_EQ(put(text_), "ok");
    EXPECT_EQ(get("v1"), "ok");
    EXPECT_EQ(found(), Kinds());
}

TEST_F(VerifyTest, FilesThatNoRowNames) {
    const std::filesystem::path object = object_of(kLarge);
    std::string other = object.string();
    other.replace(other.size() - 4, 4, "0000");
    std::filesystem::copy_file(object, other);
    const std::string id = "14e4d9c9-725f-4d86-b36f-5cd2cdbdcfab";
    std::ofstream(directory_.path() / "uploads" / id) << "bytes";
    std::ofstream(object.parent_path() / "notes.txt") << "mine";
    const boost::json::object report = verify({"--repair"});
    const auto kinds = found(report);
    EXPECT_EQ(kinds, (Kinds{"orphan_object: removed", "orphan_upload: removed"}));
    EXPECT_FALSE(std::filesystem::exists(other));
    EXPECT_TRUE(std::filesystem::exists(object));
    EXPECT_TRUE(std::filesystem::exists(object.parent_path() / "notes.txt"));
    EXPECT_EQ(report.at("notes").as_array().size(), 1U);
    EXPECT_EQ(files_below("uploads"), 0U);
    EXPECT_EQ(found(), Kinds());
}

TEST_F(VerifyTest, AnUploadUnderWayIsNoOrphan) {
    auto hold = begin().value();
    ASSERT_TRUE(append(*hold, "more than eight bytes"));
    ASSERT_TRUE(sync(*hold));
    EXPECT_EQ(files_below("uploads"), 1U);
    EXPECT_EQ(found({"--repair"}), Kinds());
    ASSERT_TRUE(commit(*hold, sha256("more than eight bytes")));
    EXPECT_EQ(found(), Kinds());
}

TEST_F(VerifyTest, CountersAndReferences) {
    change(db::Sql("UPDATE repositories SET manifest_count = 4, tag_count = 0"));
    EXPECT_EQ(found(), Kinds{"wrong_counter"});
    EXPECT_EQ(found({"--repair"}), Kinds{"wrong_counter: counted again"});
    EXPECT_EQ(found(), Kinds());
    change(db::Sql("DELETE FROM manifest_references WHERE position = 1"));
    EXPECT_EQ(found({"--repair"}), Kinds{"wrong_references"});
}

TEST_F(VerifyTest, AMissingRowIsSeenOnWhatPointedAtIt) {
    change(db::Sql("DELETE FROM blob_links"));
    const boost::json::object report = verify();
    EXPECT_EQ(found(report), Kinds());
    EXPECT_EQ(report.at("notes").at(0).at("kind").as_string(), "incomplete_manifest");
}

}  // namespace
}  // namespace berth::app
