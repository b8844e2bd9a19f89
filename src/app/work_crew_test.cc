// SPDX-License-Identifier: Apache-2.0
#include "app/work_crew.h"

#include <gtest/gtest.h>

#include <atomic>

namespace berth::app {
namespace {

TEST(WorkCrewTest, DoesEverythingOnce) {
    int given = 0;
    std::atomic<int> sum{0};
    const auto done = share_work<int>(
        [&]() -> Result<std::optional<int>> {
            return given < 100 ? std::optional(++given) : std::nullopt;
        },
        [&](const int& item) -> Result<void> {
            sum += item;
            return {};
        });
    EXPECT_TRUE(done);
    EXPECT_EQ(sum, 5050);
}

TEST(WorkCrewTest, StopsAtAnErrorOfEither) {
    std::atomic<int> given{0};
    const std::function<Result<std::optional<int>>()> endless =
        [&]() -> Result<std::optional<int>> { return std::optional(++given); };
    const auto failed = share_work<int>(endless, [](const int& item) -> Result<void> {
        return item < 10 ? Result<void>() : fail(Errc::io_error, "ten");
    });
    EXPECT_EQ(failed.error().code, Errc::io_error);
    EXPECT_LT(given, 10 + 2 * static_cast<int>(kCrewMax));
    const auto refused = share_work<int>(
        []() -> Result<std::optional<int>> { return fail(Errc::corrupt, "no list"); },
        [](const int&) -> Result<void> { return {}; });
    EXPECT_EQ(refused.error().code, Errc::corrupt);
}

}  // namespace
}  // namespace berth::app
