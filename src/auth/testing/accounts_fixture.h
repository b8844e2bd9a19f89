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

    /// Runs `work`, which answers a Result, in a committed transaction.
    template <class Change>
    void change(Change work) {
        const db::TransactionalWork step = [&work](db::Session& session) {
            return work(session).has_value();
        };
        ASSERT_TRUE(database_->write_now(step).has_value());
    }

    void create(const meta::AccountRow& row) {
        change([&row](db::Session& session) { return meta::create_account(session, row, now()); });
    }

    /// An admin with this password; its state and password change when it is there already.
    void put(const std::string& name, const std::string& hash, bool enabled = true) {
        meta::AccountRow row = find(name).value_or(meta::AccountRow());
        const bool is_new = row.name.empty();
        row.name = name;
        row.enabled = enabled;
        if (is_new) {
            create(row);
        }
        change([&row](db::Session& session) { return meta::change_account(session, row, now()); });
        meta::PasswordRow password;
        password.hash = hash;
        change(
            [&](db::Session& session) { return meta::put_password(session, name, 1, password); });
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
