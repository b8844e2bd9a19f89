// SPDX-License-Identifier: Apache-2.0
//
// For the tests of `berth verify`: a data directory that a registry has open, with a blob in the
// catalog, blobs in files and a manifest; the command run as main would run it; damage.
#pragma once

#include "app/commands.h"
#include "app/options.h"
#include "meta/blobs.h"
#include "registry/testing/metadata_fixture.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::app {

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
        ASSERT_TRUE(io::run_task(registry_->database.write(work)));
    }

    std::filesystem::path object_of(std::string_view content) {
        const oci::Digest digest = registry::sha256(content);
        auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
        const auto row = io::run_task(registry_->database.read(find));
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

}  // namespace berth::app
