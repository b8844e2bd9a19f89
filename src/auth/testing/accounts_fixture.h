// SPDX-License-Identifier: Apache-2.0
//
// For this folder's tests: a catalog in a temporary directory, and its accounts.
#pragma once

#include "base/clock.h"
#include "base/random.h"
#include "db/sqlite_database.h"
#include "meta/accounts.h"
#include "meta/schema.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace berth::auth {

class AccountsFixture : public testing::Test {
  protected:
    AccountsFixture() {
        std::filesystem::create_directory(directory_);
        auto opened = db::SqliteDatabase::open(directory_ / "catalog.db", meta::migrations());
        if (!opened) {
            ADD_FAILURE() << opened.error().log_detail;
            return;
        }
        database_ = *std::move(opened);
    }

    ~AccountsFixture() override {
        database_.reset();
        std::filesystem::remove_all(directory_);
    }

    void put(const std::string& name, const std::string& hash, bool enabled = true) {
        meta::AccountRow row;
        row.name = name;
        row.password_hash = hash;
        row.enabled = enabled;
        const db::TransactionalWork work = [&row](db::Session& session) {
            return meta::put_account(session, row, now()).has_value();
        };
        ASSERT_TRUE(database_->write_now(work).has_value());
    }

    std::optional<meta::AccountRow> find(const std::string& name) {
        std::optional<meta::AccountRow> row;
        const db::Work work = [&row, &name](db::Session& session) {
            auto found = meta::find_account(session, name);
            row = found ? *std::move(found) : std::nullopt;
        };
        EXPECT_TRUE(database_->read_now(work).has_value());
        return row;
    }

    const std::filesystem::path directory_ =
        std::filesystem::temp_directory_path() / ("berth-auth-" + make_uuid());
    std::unique_ptr<db::SqliteDatabase> database_;
};

}  // namespace berth::auth
