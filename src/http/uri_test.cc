// SPDX-License-Identifier: Apache-2.0
#include "http/uri.h"

#include "base/limits.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

struct TargetCase {
    std::string_view target;
    std::string_view path;  // empty: refused
    std::string_view query;
};

constexpr TargetCase kTargets[] = {
    {"/", "/", ""},
    {"/v2/", "/v2/", ""},
    {"/v2/library%2Fhello-world/manifests/sha256%3Aab",
     "/v2/library/hello-world/manifests/sha256:ab", ""},
    {"/v2/a%20b/", "/v2/a b/", ""},
    {"/v2/a+b/", "/v2/a+b/", ""},
    {"/a?n=1&last=%2F", "/a", "n=1&last=%2F"},
    {"/a?", "/a", ""},
    {"/a?b?c", "/a", "b?c"},
    {"/a%3Fb", "/a?b", ""},
    {"//a", "//a", ""},
    {"http://example.org/v2/?n=1", "/v2/", "n=1"},
    {"https://user@example.org:5000/v2/", "/v2/", ""},
    {"HTTP://example.org/v2/", "/v2/", ""},
    {"http://example.org", "/", ""},
    {"http://example.org?n=1", "/", "n=1"},
    {"", "", ""},
    {"*", "", ""},
    {"v2/", "", ""},
    {"example.org:443", "", ""},
    {"ftp://example.org/", "", ""},
    {"?n=1", "", ""},
    {"/a%", "", ""},
    {"/a%2", "", ""},
    {"/a%zz", "", ""},
    {"/a%00b", "", ""},
    {std::string_view("/a\0b", 4), "", ""},
};

TEST(ParseTarget, TheTable) {
    for (const TargetCase& item : kTargets) {
        const auto parts = parse_target(item.target);
        EXPECT_EQ(parts.has_value(), !item.path.empty()) << item.target;
        if (parts) {
            EXPECT_EQ(parts->path, item.path) << item.target;
            EXPECT_EQ(parts->query, item.query) << item.target;
        }
    }
}

TEST(Query, DecodesNamesAndValues) {
    const auto query = Query::parse("digest=sha256%3Aab&a+b=c+d&flag&empty=&tag=1&tag=2&x=y=z&&");
    ASSERT_TRUE(query);
    EXPECT_EQ(query->get("digest"), "sha256:ab");
    EXPECT_EQ(query->get("a b"), "c d");
    EXPECT_EQ(query->get("flag"), "");
    EXPECT_EQ(query->get("empty"), "");
    EXPECT_EQ(query->get("x"), "y=z");
    EXPECT_EQ(query->get("tag"), "1");
    EXPECT_EQ(query->all("tag"), (std::vector<std::string_view>{"1", "2"}));
    EXPECT_EQ(query->get("absent"), std::nullopt);
    EXPECT_TRUE(query->all("absent").empty());
}

TEST(Query, BrokenEncodingIsRefused) {
    for (const char* broken : {"a=%", "a=%1", "%zz=a", "a=%00", "ok=1&a=%x1"}) {
        EXPECT_FALSE(Query::parse(broken)) << broken;
    }
    EXPECT_TRUE(Query::parse(""));
}

TEST(Query, OnlySoManyParametersCount) {
    std::string text;
    for (std::size_t i = 0; i < kQueryParametersMax + 10; ++i) {
        text += "tag=" + std::to_string(i) + "&";
    }
    EXPECT_EQ(Query::parse(text)->all("tag").size(), kQueryParametersMax);
}

}  // namespace
}  // namespace berth::http
