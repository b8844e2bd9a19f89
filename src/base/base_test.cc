// SPDX-License-Identifier: Apache-2.0
//
// The small parts of base/: errors and early return, panics, time.
#include "base/assert.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/try.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <type_traits>

namespace berth {
namespace {

TEST(Error, EveryCodeHasItsOwnName) {
    std::set<std::string_view> names;
    for (std::size_t code = 0; code < kErrcCount; ++code) {
        names.insert(name_of(static_cast<Errc>(code)));
    }
    EXPECT_EQ(names.size(), kErrcCount);
}

TEST(Error, NamesFollowTheEnumeration) {
    EXPECT_EQ(name_of(Errc::name_unknown), "name_unknown");
    EXPECT_EQ(name_of(Errc::manifest_too_large), "manifest_too_large");
    EXPECT_EQ(name_of(Errc::unsupported), "unsupported");
    EXPECT_EQ(name_of(Errc::rate_limited), "rate_limited");
    EXPECT_EQ(name_of(Errc::disk_full), "disk_full");
    EXPECT_EQ(name_of(Errc::internal), "internal");
}

Result<int> half_of(int number) {
    if (number % 2 != 0) {
        return fail(Error(Errc::bad_request, "odd").with_message("not even").with_items({"1"}));
    }
    return number / 2;
}

Result<void> check_even(int number) {
    BERTH_TRY_VOID(half_of(number));
    return {};
}

Result<int> quarter_of(int number) {
    BERTH_TRY(const int half, half_of(number));
    BERTH_TRY_VOID(check_even(half));
    return half_of(half);
}

TEST(Error, TryReturnsTheFirstFailure) {
    EXPECT_EQ(quarter_of(8).value(), 2);
    const auto failed = quarter_of(6);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, Errc::bad_request);
    EXPECT_EQ(failed.error().message, "not even");
    EXPECT_EQ(failed.error().log_detail, "odd");
    EXPECT_EQ(failed.error().items.size(), 1U);
    EXPECT_NE(std::string_view(failed.error().where.file_name()).find("base_test.cc"),
              std::string_view::npos);
}

TEST(AssertDeathTest, PanicNamesConditionAndPlace) {
    const int one = 1;
    BERTH_CHECK(one == 1);
    EXPECT_DEATH(BERTH_CHECK(one == 2), "one == 2(.|\n)*base_test.cc");
}

TEST(Clock, FormatsAsRecorded) {
    const std::pair<std::int64_t, const char*> cases[] = {
        {0, "1970-01-01T00:00:00Z"},
        {1, "1970-01-01T00:00:00.0000001Z"},
        {5'000'000, "1970-01-01T00:00:00.5Z"},
        {17'101'453'617'310'264, "2024-03-11T08:22:41.7310264Z"},
        {17'101'453'617'310'000, "2024-03-11T08:22:41.731Z"},
        {17'101'453'610'000'000, "2024-03-11T08:22:41Z"},
        {17'091'647'990'000'010, "2024-02-28T23:59:59.000001Z"},
        {17'092'511'990'000'000, "2024-02-29T23:59:59Z"},
        {-1, "1969-12-31T23:59:59.9999999Z"},
        {2'534'023'007'999'999'999, "9999-12-31T23:59:59.9999999Z"},
    };
    for (const auto& [ticks, text] : cases) {
        EXPECT_EQ(format_timestamp(Timestamp{ticks}), text);
    }
}

TEST(Clock, NowAdvances) {
    const Timestamp before = now();
    EXPECT_GT(before.ticks, 17'000'000'000'000'000);  // 2023: right unit, right epoch
    EXPECT_LE(before, now());
}

}  // namespace
}  // namespace berth
