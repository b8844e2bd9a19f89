// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/json_members.h"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <gmock/gmock.h>

namespace berth::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

boost::json::object object(std::string_view text) {
    return parse_json_object(text).value();
}

TEST(JsonMembers, AreReadByTheirTypes) {
    const auto some = object(R"({"t":"x","b":true,"n":-7,"l":["a","b"],"o":[{"p":1},{}]})");
    std::string text = "before";
    std::string absent = "before";
    bool flag = false;
    std::int64_t number = 0;
    std::vector<std::string> list = {"before"};
    std::vector<const boost::json::object*> objects;
    JsonMembers members(some);
    members.read("t", text);
    members.read("absent", absent);
    members.read("b", flag);
    members.read("n", number);
    members.read("l", list);
    members.read("o", objects);
    EXPECT_TRUE(members.finish());
    EXPECT_EQ(text, "x");
    EXPECT_EQ(absent, "before");
    EXPECT_TRUE(flag);
    EXPECT_EQ(number, -7);
    EXPECT_THAT(list, ElementsAre("a", "b"));
    ASSERT_THAT(objects, SizeIs(2));
    EXPECT_TRUE(objects[0]->contains("p"));
}

TEST(JsonMembers, TheFirstProblemIsTold) {
    const auto some = object(R"({"t":1,"b":"x"})");
    std::string text;
    bool flag = true;
    JsonMembers members(some);
    members.read("t", text);
    members.read("b", flag);
    EXPECT_FALSE(flag);
    const auto finished = members.finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().code, Errc::bad_request);
    EXPECT_EQ(finished.error().log_detail, "'t' is not a text");
}

TEST(JsonMembers, WhatNobodyAskedForIsAProblem) {
    const auto some = object(R"({"a":"x","b":"y"})");
    std::string text;
    JsonMembers members(some);
    members.read("a", text);
    const auto finished = members.finish();
    ASSERT_FALSE(finished);
    EXPECT_EQ(finished.error().log_detail, "unknown member 'b'");
}

TEST(JsonObject, HasAnEndToItsDepth) {
    EXPECT_THAT(parse_json_object("[1]").error().log_detail, HasSubstr("not a JSON object"));
    EXPECT_THAT(parse_json_object("{\"a\":").error().log_detail, HasSubstr("not JSON"));
    std::string deep = "{\"a\":";
    for (int i = 0; i < 20; ++i) {
        deep += "[";
    }
    EXPECT_FALSE(parse_json_object(deep + std::string(20, ']') + "}"));
}

}  // namespace
}  // namespace berth::auth
