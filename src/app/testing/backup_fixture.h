// SPDX-License-Identifier: Apache-2.0
//
// For the tests of `berth backup` and `berth restore`: a data directory that a registry has open,
// and the commands run as main would run them.
#pragma once

#include "app/commands.h"
#include "app/options.h"
#include "meta/blobs.h"
#include "registry/testing/metadata_fixture.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::app {

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
        const oci::Digest digest = registry::sha256(content);
        auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
        const auto row = io::run_task(registry_->database.read(find));
        return directory_.path() / "blobs" / (*row)->location;
    }

    const std::string kBlob = "a blob";
    const std::string text_ = registry::image(registry::kConfig, "layer");
    io::TemporaryDirectory other_;
    bool complete_ = false;
};

}  // namespace berth::app
