// SPDX-License-Identifier: Apache-2.0
#include "app/file_system_kind.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

TEST(FileSystemKind, IsKnownByItsNumber) {
    EXPECT_EQ(file_system_kind(0x6969UL).name, "nfs");
    EXPECT_EQ(file_system_kind(0xFF534D42UL).name, "cifs");
    EXPECT_EQ(file_system_kind(0xFF534D42UL).keeping, Keeping::network);
    EXPECT_EQ(file_system_kind(0x01021994UL).keeping, Keeping::memory);
    EXPECT_EQ(file_system_kind(0xEF53UL).keeping, Keeping::local);      // ext4
    EXPECT_EQ(file_system_kind(0x58465342UL).keeping, Keeping::local);  // xfs
}

TEST(FileSystemKind, IsAskedOfADirectory) {
    EXPECT_EQ(file_system_kind(std::filesystem::path("/dev/shm")).name, "tmpfs");
    EXPECT_EQ(file_system_kind(std::filesystem::path("/nowhere/at/all")).keeping, Keeping::local);
}

}  // namespace
}  // namespace berth::app
