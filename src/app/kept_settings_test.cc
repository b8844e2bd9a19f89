// SPDX-License-Identifier: Apache-2.0
#include "app/kept_settings.h"

#include "db/sqlite_database.h"
#include "io/testing/temporary_directory.h"
#include "meta/schema.h"
#include "meta/upkeep.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

TEST(KeptSettings, AreThoseOfTheLastServer) {
    const io::TemporaryDirectory directory;
    const auto database =
        db::SqliteDatabase::open(directory.path() / "catalog.db", meta::migrations()).value();
    Config config;
    config.soft_delete.days = 3;
    const KeptSettings own = kept_settings_of(config);
    EXPECT_EQ(own.soft_delete_days, 3U);
    EXPECT_EQ(own.grace_seconds, 24 * 60 * 60);
    const auto ran = database->write_now([&own](db::Session& session) {
        EXPECT_EQ(find_kept_settings(session, own), own);
        const KeptSettings first{.soft_delete_days = 7, .grace_seconds = 1};
        const KeptSettings second{.soft_delete_days = 0, .grace_seconds = 86400};
        EXPECT_TRUE(record_kept_settings(session, first, Timestamp{1}));
        EXPECT_EQ(find_kept_settings(session, own), first);
        EXPECT_TRUE(record_kept_settings(session, second, Timestamp{2}));
        EXPECT_EQ(find_kept_settings(session, own), second);
        for (const char* wrong : {"", "7", "7 x", "x 7"}) {
            EXPECT_TRUE(meta::set_upkeep(session, "kept_settings", wrong, Timestamp{3}));
            EXPECT_EQ(find_kept_settings(session, own).error().code, Errc::corrupt) << wrong;
        }
        return true;
    });
    EXPECT_TRUE(ran);
}

}  // namespace
}  // namespace berth::app
