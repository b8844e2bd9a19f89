// SPDX-License-Identifier: Apache-2.0
//
// For tests of `berth issuer ...`: runs command lines on a catalog of one's own.
#pragma once

#include "app/command_issuer.h"
#include "app/options.h"
#include "base/try.h"
#include "db/sqlite_database.h"
#include "io/testing/temporary_directory.h"
#include "meta/schema.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::app {

class IssuerCommands : public testing::Test {
  protected:
    IssuerCommands() {
        EXPECT_TRUE(db::SqliteDatabase::open(directory_.path() / "catalog.db", meta::migrations()));
    }

    Result<std::string> run(std::vector<std::string> words) {
        words.insert(words.end(), {"--data", directory_.path().string()});
        BERTH_TRY(const Options options, parse_options(issuer_commands(), words, {}));
        return options.run(options.invocation);
    }

    std::string output(std::vector<std::string> words) {
        const Result<std::string> ran = run(std::move(words));
        return ran ? *ran : "error: " + ran.error().log_detail;
    }

    /// Empty when it succeeds.
    std::string refusal(std::vector<std::string> words) {
        const Result<std::string> ran = run(std::move(words));
        return ran ? "" : ran.error().log_detail;
    }

    Errc code(std::vector<std::string> words) {
        const Result<std::string> ran = run(std::move(words));
        return ran ? Errc::internal : ran.error().code;
    }

    void add_github() {
        EXPECT_EQ(refusal({"issuer", "add", "gh", "--preset", "github", "--audience", "berth"}),
                  "");
    }

    io::TemporaryDirectory directory_;
};

}  // namespace berth::app
