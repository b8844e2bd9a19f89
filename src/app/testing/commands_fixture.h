// SPDX-License-Identifier: Apache-2.0
//
// For this folder's tests: a data directory with a catalog, and commands that run on it as main
// would run them, in this process.
#pragma once

#include "app/commands.h"
#include "app/options.h"
#include "auth/admin_account.h"
#include "db/sqlite_database.h"
#include "io/testing/temporary_directory.h"
#include "meta/schema.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

namespace berth::app {

class CommandsFixture : public ::testing::Test {
  protected:
    CommandsFixture() {
        auto database = db::SqliteDatabase::open(data() / "catalog.db", meta::migrations());
        const bool made = database && make_admin(**database);
        EXPECT_TRUE(made) << "no catalog";
    }

    bool make_admin(db::SqliteDatabase& database) const {
        const auto password = auth::prepare_admin(database, data() / "admin-password");
        return password && *password && auth::create_admin(database, **password);
    }

    std::filesystem::path data() const { return directory_.path(); }

    Result<std::string> run(std::vector<std::string> words) const {
        words.insert(words.end(), {"--data", data().string()});
        const Result<Options> options = parse_options(all_commands(), words, {});
        if (!options) {
            return fail(options.error());
        }
        return options->run(options->invocation);
    }

    std::string text(std::vector<std::string> words) const {
        const Result<std::string> printed = run(std::move(words));
        EXPECT_TRUE(printed.has_value()) << printed.error().log_detail;
        return printed.value_or("");
    }

    boost::json::value json(std::vector<std::string> words) const {
        words.insert(words.end(), {"--output", "json"});
        return boost::json::parse(text(std::move(words)));
    }

    /// The message of a command that fails, after its kind: `conflict: there is ...`.
    std::string refusal(std::vector<std::string> words) const {
        const Result<std::string> printed = run(std::move(words));
        if (printed) {
            return "done";
        }
        return std::string(name_of(printed.error().code)) + ": " + printed.error().log_detail;
    }

    std::string audit_lines() const {
        std::ifstream file(data() / "audit.log");
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::filesystem::path write_file(const std::string& name, const std::string& content) const {
        std::ofstream(data() / name) << content;
        return data() / name;
    }

  private:
    io::TemporaryDirectory directory_;
};

}  // namespace berth::app
