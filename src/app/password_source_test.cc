// SPDX-License-Identifier: Apache-2.0
#include "app/password_source.h"

#include "auth/password.h"
#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <unistd.h>

namespace berth::app {
namespace {

constexpr Timestamp kNow{5};

Arguments arguments_with(Arguments::Occurrences flag) {
    std::map<std::string, Arguments::Occurrences, std::less<>> given;
    given[kPasswordStdinFlag] = std::move(flag);
    return Arguments(std::move(given));
}

TEST(ParsePassword, OneLine) {
    EXPECT_EQ(parse_password("twelve bytes").value(), "twelve bytes");
    EXPECT_EQ(parse_password("twelve bytes\n").value(), "twelve bytes");
    EXPECT_EQ(parse_password("twelve bytes\r\n").value(), "twelve bytes");
    EXPECT_EQ(parse_password(" spaces stay \n").value(), " spaces stay ");
    EXPECT_EQ(parse_password(std::string(256, 'x') + "\n").value().size(), 256U);
}

TEST(ParsePassword, Refused) {
    for (const std::string& text : {std::string(), std::string("\n"), std::string("eleven byte"),
                                    std::string("twelve bytes\n\n"), std::string("twelve\nbytes"),
                                    std::string("twelve\0bytes", 12),
                                    std::string("twelve\x7f bytes"), std::string(257, 'x')}) {
        const Result<std::string> parsed = parse_password(text);
        ASSERT_FALSE(parsed) << text;
        EXPECT_EQ(parsed.error().code, Errc::bad_request);
    }
}

TEST(NewPassword, MadeOnesAreShown) {
    const Arguments arguments = arguments_with({});
    const Result<NewPassword> made = new_password(arguments, 2, Timestamp{9}, kNow);
    ASSERT_TRUE(made) << made.error().log_detail;
    ASSERT_EQ(made->fresh.size(), 1U);
    EXPECT_EQ(made->fresh[0].slot, 2);
    EXPECT_EQ(made->fresh[0].value.size(), 24U);
    EXPECT_TRUE(auth::verify_password(made->fresh[0].value, made->row.hash));
    EXPECT_EQ(made->row.created_at, kNow);
    EXPECT_EQ(made->row.expires_at, Timestamp{9});
    EXPECT_NE(random_password(1, std::nullopt, kNow)->fresh[0].value, made->fresh[0].value);
}

TEST(NewPassword, ReadOnesAreNot) {
    const io::TemporaryDirectory directory;
    const Arguments arguments = arguments_with({{"true"}});
    const auto given = [&](const std::string& text) {
        const std::filesystem::path path = directory.path() / "input";
        std::ofstream(path) << text;
        const int input = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        Result<NewPassword> made = new_password(arguments, 1, std::nullopt, kNow, input);
        ::close(input);
        return made;
    };
    const Result<NewPassword> made = given("correct horse\n");
    ASSERT_TRUE(made) << made.error().log_detail;
    EXPECT_TRUE(made->fresh.empty());
    EXPECT_TRUE(auth::verify_password("correct horse", made->row.hash));
    EXPECT_FALSE(given("short"));
    EXPECT_FALSE(given(std::string(1'000'000, 'x')));
}

}  // namespace
}  // namespace berth::app
