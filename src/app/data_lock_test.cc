// SPDX-License-Identifier: Apache-2.0
#include "app/data_lock.h"

#include "io/testing/temporary_directory.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

TEST(DataLock, OneHolderAtATime) {
    const io::TemporaryDirectory directory;
    const auto data = directory.path() / "new" / "data";
    auto first = lock_data_directory(data);
    ASSERT_TRUE(first) << first.error().log_detail;
    const auto second = lock_data_directory(data);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::conflict);
    EXPECT_THAT(second.error().log_detail, testing::HasSubstr(data.string()));
    *first = io::FileHandle();
    EXPECT_TRUE(lock_data_directory(data));
}

TEST(DataLock, ADirectoryThatCannotBeIsAnError) {
    const auto locked = lock_data_directory("/dev/null/data");
    ASSERT_FALSE(locked);
    EXPECT_NE(locked.error().code, Errc::conflict);
}

}  // namespace
}  // namespace berth::app
