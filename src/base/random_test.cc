// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace berth {
namespace {

TEST(Random, FillsAllBytes) {
    std::array<std::byte, 1024> bytes{};
    fill_random(bytes);
    // 1024 random bytes have about 251 values; fewer than 200 never happens.
    const std::set<std::byte> values(bytes.begin(), bytes.end());
    EXPECT_GT(values.size(), 200U);
    fill_random({});
}

TEST(Random, UuidIsVersion4) {
    const std::string uuid = make_uuid();
    ASSERT_EQ(uuid.size(), 36U);
    for (std::size_t i = 0; i < uuid.size(); ++i) {
        const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        EXPECT_EQ(uuid[i] == '-', dash) << uuid;
        EXPECT_TRUE(dash ||
                    std::string_view("0123456789abcdef").find(uuid[i]) != std::string_view::npos)
            << uuid;
    }
    EXPECT_EQ(uuid[14], '4');
    EXPECT_NE(std::string_view("89ab").find(uuid[19]), std::string_view::npos);
    EXPECT_NE(make_uuid(), uuid);
}

TEST(Random, PasswordUsesTheWholeAlphabetAndNothingElse) {
    const std::string password = make_password(20'000);
    EXPECT_EQ(password.size(), 20'000U);
    const std::set<char> letters(password.begin(), password.end());
    EXPECT_EQ(letters.size(), 57U);
    for (const char confusing : {'0', 'O', '1', 'I', 'l'}) {
        EXPECT_FALSE(letters.contains(confusing)) << confusing;
    }
    // Expected 351 of each; a biased choice gives its favourites 25 % more than the others, and six
    // standard deviations are 112.
    for (const char letter : letters) {
        const auto count = std::count(password.begin(), password.end(), letter);
        EXPECT_NEAR(static_cast<double>(count), 20'000.0 / 57, 112) << letter;
    }
}

// More than one filling of a thread's pool, and of several threads' pools.
TEST(Random, NoUuidComesTwice) {
    constexpr std::size_t kEach = 1000;
    std::array<std::vector<std::string>, 3> made;
    std::vector<std::jthread> threads;
    threads.reserve(made.size());
    for (std::vector<std::string>& some : made) {
        threads.emplace_back([&some] {
            some.reserve(kEach);
            for (std::size_t i = 0; i < kEach; ++i) {
                some.push_back(make_uuid());
            }
        });
    }
    threads.clear();
    std::set<std::string> all;
    for (const std::vector<std::string>& some : made) {
        all.insert(some.begin(), some.end());
    }
    EXPECT_EQ(all.size(), made.size() * kEach);
}

}  // namespace
}  // namespace berth
