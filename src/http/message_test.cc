// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <gtest/gtest.h>

namespace berth::http {
namespace {

TEST(RequestHead, FindsAndMergesHeaders) {
    RequestHead head;
    head.headers = {{"Accept", "a"}, {"X", ""}, {"ACCEPT", "b, c"}};
    EXPECT_EQ(head.header("accept"), "a");
    EXPECT_EQ(head.header("x"), "");
    EXPECT_EQ(head.header("y"), std::nullopt);
    EXPECT_EQ(head.merged("Accept"), "a, b, c");
    EXPECT_EQ(head.merged("y"), "");
}

TEST(EqualIgnoringCase, IsAboutAsciiLettersOnly) {
    EXPECT_TRUE(equal_ignoring_case("Content-Length", "cONTENT-lENGTH"));
    EXPECT_TRUE(equal_ignoring_case("", ""));
    EXPECT_FALSE(equal_ignoring_case("a", "ab"));
    EXPECT_FALSE(equal_ignoring_case("@", "`"));  // these differ by the case bit alone
    EXPECT_FALSE(equal_ignoring_case("\xc4", "\xe4"));
}

TEST(Response, ItsLengthIsThatOfTheBodyOrTheWithheldOne) {
    Response response(200);
    EXPECT_EQ(response.content_length(), 0U);
    response.withheld_length = 417;
    EXPECT_EQ(response.content_length(), 417U);
    response.body = std::string("text");
    EXPECT_EQ(response.content_length(), 4U);

    FileBody file{io::FileHandle()};
    file.pieces.emplace_back("12345", 0, 1000);
    file.pieces.emplace_back("", 5000, 1);
    file.after = "67";
    EXPECT_EQ(file.size(), 1008U);
    response.body = std::move(file);
    EXPECT_EQ(response.content_length(), 1008U);
}

}  // namespace
}  // namespace berth::http
