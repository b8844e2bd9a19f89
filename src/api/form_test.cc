// SPDX-License-Identifier: Apache-2.0
#include "api/form.h"

#include "base/limits.h"
#include "http/testing/fake_body.h"
#include "io/testing/run_task.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::api {
namespace {

constexpr std::string_view kForm = "application/x-www-form-urlencoded";

Result<http::Query> read(const std::string& text, std::string_view type = kForm) {
    http::RequestHead head;
    head.headers = {{"Content-Type", type}};
    http::FakeBody body({text}, text.size());
    http::Exchange exchange(head, body, "192.0.2.1", false);
    http::BodyMemory memory(2 * kFormBytesMax);
    http::BodyMemory::Share share(memory);
    return io::run_task(read_form(exchange, share));
}

TEST(Form, Fields) {
    const auto form = read("grant_type=password&scope=a+b%3Ac&scope=&empty");
    ASSERT_TRUE(form.has_value());
    EXPECT_EQ(single(*form, "grant_type").value(), "password");
    EXPECT_EQ(single(*form, "empty").value(), "");
    EXPECT_EQ(single(*form, "absent").value(), std::nullopt);
    EXPECT_EQ(form->all("scope"), (std::vector<std::string_view>{"a b:c", ""}));
}

TEST(Form, ASingleFieldIsThereOnce) {
    const auto form = read("username=a&username=a");
    ASSERT_TRUE(form.has_value());
    const auto name = single(*form, "username");
    ASSERT_FALSE(name.has_value());
    EXPECT_EQ(name.error().code, Errc::bad_request);
}

TEST(Form, OtherContentTypesAndBrokenTextAreRefused) {
    EXPECT_TRUE(read("a=b", "Application/X-WWW-Form-Urlencoded ; charset=utf-8").has_value());
    for (const std::string_view type : {"", "application/json", "text/plain"}) {
        EXPECT_FALSE(read("a=b", type).has_value()) << type;
    }
    for (const char* text : {"a=%", "a=%00", "%zz=a"}) {
        EXPECT_FALSE(read(text).has_value()) << text;
    }
    const auto large = read(std::string(kFormBytesMax + 1, 'a'));
    ASSERT_FALSE(large.has_value());
    EXPECT_EQ(large.error().code, Errc::payload_too_large);
}

}  // namespace
}  // namespace berth::api
