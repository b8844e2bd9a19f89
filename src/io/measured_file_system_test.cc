// SPDX-License-Identifier: Apache-2.0
#include "io/measured_file_system.h"

#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

namespace berth::io {
namespace {

TEST(MeasuredFileSystem, PassesEverythingOnAndMeasuresSyncs) {
    const TemporaryDirectory directory;
    const auto path = directory.path() / "file";
    MeasuredFileSystem files(real_file_system());
    const FileHandle file = files.open_write(path, true).value();
    EXPECT_TRUE(files.write_at(file, as_bytes("hello"), 0));
    EXPECT_TRUE(files.truncate(file, 4));
    EXPECT_TRUE(files.sync(file));
    EXPECT_TRUE(files.link(path, directory.path() / "other"));
    EXPECT_TRUE(files.remove(path));
    EXPECT_TRUE(files.sync_directory(directory.path()));
    EXPECT_EQ(file_size(files.open_read(directory.path() / "other").value()).value(), 4U);
    EXPECT_EQ(files.statistics().syncs.count(), 2U);
    EXPECT_EQ(files.statistics().failed_writes, 0U);
    EXPECT_EQ(files.statistics().failed_syncs, 0U);
}

TEST(MeasuredFileSystem, CountsWhatFails) {
    MeasuredFileSystem files(real_file_system());
    const FileHandle closed;
    EXPECT_FALSE(files.write_at(closed, as_bytes("x"), 0));
    EXPECT_FALSE(files.sync(closed));
    EXPECT_FALSE(files.sync_directory("/nowhere/at/all"));
    EXPECT_EQ(files.statistics().failed_writes, 1U);
    EXPECT_EQ(files.statistics().failed_syncs, 2U);
    EXPECT_EQ(files.statistics().syncs.count(), 2U) << "a failure takes its time, too";
}

}  // namespace
}  // namespace berth::io
