// SPDX-License-Identifier: Apache-2.0
#include "app/store_health.h"

#include "app/testing/watched_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <semaphore>
#include <thread>

namespace berth::app {
namespace {

using testing::HasSubstr;

class StoreHealthTest : public WatchedStore {
  protected:
    void fail_a_write(Errc code) { health_.write_failed(Error(code, "of a request")); }
};

TEST_F(StoreHealthTest, WritesNothingWhileNothingIsWrong) {
    const StoreHealth::Snapshot seen = look();
    EXPECT_TRUE(seen.writable());
    EXPECT_EQ(seen.probes, 0U);
    EXPECT_GT(seen.disk.total_bytes, 0U);
    EXPECT_FALSE(seen.disk.read_only);
}

TEST_F(StoreHealthTest, AFailedWriteIsLookedInto) {
    for (const Errc fault : {Errc::disk_full, Errc::read_only, Errc::io_error}) {
        files_.fault = fault;
        EXPECT_TRUE(look().writable()) << "nobody has noticed yet";
        fail_a_write(fault);
        EXPECT_EQ(look().objects, fault);
        EXPECT_EQ(health_.snapshot().catalog, std::nullopt);
        files_.fault.reset();
        EXPECT_TRUE(look().writable()) << "without another write";
    }
    EXPECT_EQ(health_.snapshot().times_degraded, 3U);
}

TEST_F(StoreHealthTest, AWriteThatWasTooLargeForTheRestOfTheDiskIsNoFault) {
    fail_a_write(Errc::disk_full);
    EXPECT_TRUE(look().writable());
    EXPECT_EQ(health_.snapshot().probes, 1U);
    EXPECT_EQ(look().probes, 1U) << "once";
}

TEST_F(StoreHealthTest, MistakesOfClientsAreNotLookedInto) {
    fail_a_write(Errc::manifest_invalid);
    fail_a_write(Errc::unavailable);
    fail_a_write(Errc::unauthenticated);
    EXPECT_EQ(look().probes, 0U);
}

TEST_F(StoreHealthTest, SaysSoOncePerChange) {
    files_.fault = Errc::disk_full;
    fail_a_write(Errc::disk_full);
    for (int i = 0; i < 5; ++i) {
        fail_a_write(Errc::disk_full);
        (void)look();
    }
    files_.fault.reset();
    for (int i = 0; i < 5; ++i) {
        (void)look();
    }
    const std::string log = pipe_.read_all();
    EXPECT_EQ(std::ranges::count(log, '\n'), 2) << log;
    EXPECT_THAT(log, HasSubstr("error store_degraded"));
    EXPECT_THAT(log, HasSubstr("code=disk_full"));
    EXPECT_THAT(log, HasSubstr("info  store_recovered place=\"blob store\" was=disk_full"));
}

TEST_F(StoreHealthTest, AProbeThatCouldNotBeMadeIsMadeLater) {
    std::binary_semaphore release(0);
    ASSERT_TRUE(pool_.post([&release] { release.acquire(); }));
    while (pool_.statistics().waiting > 0) {
        std::this_thread::yield();
    }
    while (pool_.post([] {})) {
    }
    files_.fault = Errc::io_error;
    fail_a_write(Errc::io_error);
    EXPECT_TRUE(look().writable()) << "the pool took no job";
    release.release();
    while (pool_.statistics().waiting > 0) {
        std::this_thread::yield();
    }
    EXPECT_EQ(look().objects, Errc::io_error);
}

TEST_F(StoreHealthTest, LeavesNoFileBehind) {
    for (const std::optional<Errc> fault :
         {std::optional<Errc>(), std::optional(Errc::disk_full), std::optional(Errc::io_error)}) {
        files_.fault = fault;
        fail_a_write(Errc::disk_full);
        (void)look();
        EXPECT_FALSE(std::filesystem::exists(directory_.path() / "probe"));
    }
}

TEST_F(StoreHealthTest, ADirectoryThatIsGoneIsNoCrash) {
    EXPECT_FALSE(look_at_disk("/nowhere/at/all"));
}

}  // namespace
}  // namespace berth::app
