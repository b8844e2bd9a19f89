// SPDX-License-Identifier: Apache-2.0
#include "api/upload_link.h"

#include "base/encode.h"
#include "http/uri.h"

#include <gtest/gtest.h>

namespace berth::api {
namespace {

TEST(UploadLink, IsRelativeAndHasAStateOfTheRealShape) {
    const Timestamp at{17'146'428'670'000'000};
    const std::string link =
        upload_link("team/app", "7d0c1e52-93ab-4c6f-8e21-5a40b6d7f913", 736, at);
    const std::string start =
        "/v2/team/app/blobs/uploads/7d0c1e52-93ab-4c6f-8e21-5a40b6d7f913"
        "?_nouploadcache=false&_state=";
    ASSERT_TRUE(link.starts_with(start)) << link;
    const auto parts = http::parse_target(link);
    ASSERT_TRUE(parts);
    const auto query = http::Query::parse(parts->query);
    ASSERT_TRUE(query);
    std::string state(query->get("_state").value());
    for (char& c : state) {
        c = c == '-' ? '+' : (c == '_' ? '/' : c);
    }
    const auto decoded = base64_decode(state);
    ASSERT_TRUE(decoded);
    ASSERT_GT(decoded->size(), 32U);
    EXPECT_EQ(decoded->substr(32),
              R"({"Name":"team/app","UUID":"7d0c1e52-93ab-4c6f-8e21-5a40b6d7f913","Offset":736,)"
              R"("StartedAt":"2024-05-02T09:41:07Z"})");
}

TEST(UploadLink, EveryStepHasAStateOfItsOwn) {
    const Timestamp at{0};
    EXPECT_NE(upload_link("a", "u", 0, at), upload_link("a", "u", 1, at));
    EXPECT_EQ(upload_link("a", "u", 1, at), upload_link("a", "u", 1, at));
}

TEST(UploadRange, EndsWithTheLastByte) {
    EXPECT_EQ(upload_range(0), "0-0");
    EXPECT_EQ(upload_range(1), "0-0");
    EXPECT_EQ(upload_range(736), "0-735");
}

}  // namespace
}  // namespace berth::api
