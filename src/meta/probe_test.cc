// SPDX-License-Identifier: Apache-2.0
#include "meta/probe.h"

#include "meta/testing/catalog_fixture.h"

namespace berth::meta {
namespace {

class Probe : public testing::CatalogTest {};

TEST_F(Probe, WritesOneRowAnewEachTime) {
    static constexpr db::Sql kRows("SELECT count(*) FROM upkeep WHERE name = 'write_probe'");
    static constexpr db::Sql kTime("SELECT updated_at FROM upkeep WHERE name = 'write_probe'");
    for (const std::int64_t time : {5, 6}) {
        write([time](db::Session& session) {
            EXPECT_TRUE(probe_write(session, Timestamp{time}));
            EXPECT_TRUE(probe_read(session));
            EXPECT_EQ(number(session, kRows), 1);
            EXPECT_EQ(number(session, kTime), time);
        });
    }
}

}  // namespace
}  // namespace berth::meta
