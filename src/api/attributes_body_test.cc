// SPDX-License-Identifier: Apache-2.0
#include "api/attributes_body.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::api {
namespace {

/// One character per flag in the order of the wire: t, f, or - for one that stays.
std::string flags(const registry::AttributesChange& change) {
    std::string text;
    for (const std::optional<bool>& flag :
         {change.delete_enabled, change.write_enabled, change.read_enabled, change.list_enabled}) {
        text += !flag ? '-' : *flag ? 't' : 'f';
    }
    return text;
}

std::string flags(std::string_view body) {
    const auto change = parse_tag_change(body);
    return change ? flags(*change) : change.error().message;
}

TEST(AttributesBody, AnySubset) {
    EXPECT_EQ(flags("{}"), "----");
    EXPECT_EQ(flags(R"({"deleteEnabled":false})"), "f---");
    EXPECT_EQ(flags(R"({"writeEnabled":false})"), "-f--");
    EXPECT_EQ(flags(R"({"readEnabled":true})"), "--t-");
    EXPECT_EQ(flags(R"({"listEnabled":true})"), "---t");
    EXPECT_EQ(flags(" {\"listEnabled\" : false ,\n\"readEnabled\":true,"
                    "\"writeEnabled\":true,\"deleteEnabled\":false}\r\n"),
              "fttf");
}

TEST(AttributesBody, NullStandsForAbsent) {
    EXPECT_EQ(flags(R"({"deleteEnabled":null,"writeEnabled":false})"), "-f--");
}

TEST(AttributesBody, MembersNobodyKnowsAreIgnored) {
    EXPECT_EQ(flags(R"({"deleteenabled":false,"digest":["a",{"b":1}],"listEnabled":true})"),
              "---t");
    // Known on another level.
    EXPECT_EQ(flags(R"({"teleportEnabled":7,"quarantineState":true})"), "----");
}

TEST(AttributesBody, AWrongTypeNamesTheMember) {
    for (const char* value : {"\"false\"", "0", "1", "[]", "{}", "1.5"}) {
        EXPECT_EQ(flags("{\"writeEnabled\":" + std::string(value) + ",\"listEnabled\":true}"),
                  "invalid attributes: writeEnabled is neither true nor false")
            << value;
    }
    EXPECT_EQ(parse_repository_change(R"({"teleportEnabled":"no"})").error().message,
              "invalid attributes: teleportEnabled is neither true nor false");
    EXPECT_EQ(parse_manifest_change(R"({"quarantineState":true})").error().message,
              "invalid attributes: quarantineState is not a string");
    EXPECT_EQ(parse_manifest_change(R"({"quarantineDetails":{"a":1}})").error().message,
              "invalid attributes: quarantineDetails is not a string");
}

TEST(AttributesBody, WhatIsNoJsonObject) {
    for (const char* body : {"", " ", "{", "{}{}", "[]", "null", "true", "\"x\"",
                             "{\"listEnabled\":}", "{'listEnabled':true}", "{\"a\":\"\xff\"}"}) {
        const auto change = parse_tag_change(body);
        ASSERT_FALSE(change) << body;
        EXPECT_EQ(change.error().code, Errc::bad_request) << body;
        EXPECT_TRUE(change.error().message.starts_with("invalid attributes: not a JSON ")) << body;
    }
}

TEST(AttributesBody, AMemberTwice) {
    EXPECT_EQ(flags(R"({"listEnabled":true,"listEnabled":false})"),
              "invalid attributes: duplicate JSON member");
}

TEST(AttributesBody, TooMuch) {
    EXPECT_EQ(flags("{\"a\":[" + std::string(2000, ',') + "]}"),
              "invalid attributes: too many JSON values");
    EXPECT_FALSE(parse_tag_change("{\"a\":" + std::string(100, '[') + std::string(100, ']') + "}"));
}

TEST(AttributesBody, Teleport) {
    const auto change = parse_repository_change(R"({"teleportEnabled":true,"readEnabled":false})");
    ASSERT_TRUE(change);
    EXPECT_EQ(change->teleport_enabled, true);
    EXPECT_EQ(flags(change->attributes), "--f-");
    EXPECT_EQ(parse_repository_change("{}").value().teleport_enabled, std::nullopt);
}

TEST(AttributesBody, Quarantine) {
    const auto change = parse_manifest_change(
        R"({"quarantineState":"Passed","quarantineDetails":"{\"a\":1}","deleteEnabled":false})");
    ASSERT_TRUE(change);
    EXPECT_EQ(change->quarantine_state, "Passed");
    EXPECT_EQ(change->quarantine_details, R"({"a":1})");
    EXPECT_EQ(flags(change->attributes), "f---");
    EXPECT_EQ(parse_manifest_change("{}").value().quarantine_state, std::nullopt);
    EXPECT_EQ(parse_manifest_change(R"({"quarantineState":""})").value().quarantine_state, "");
}

TEST(AttributesBody, AQuarantinesStateIsAWord) {
    const auto with_length = [](std::size_t length) {
        return parse_manifest_change("{\"quarantineState\":\"" + std::string(length, 'x') + "\"}");
    };
    EXPECT_TRUE(with_length(64));
    ASSERT_FALSE(with_length(65));
    EXPECT_EQ(with_length(65).error().message,
              "invalid attributes: quarantineState is longer than 64 bytes");
}

}  // namespace
}  // namespace berth::api
