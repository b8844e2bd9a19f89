// SPDX-License-Identifier: Apache-2.0
#include "io/cold_file.h"

#include "io/testing/run_task.h"
#include "io/testing/stream_contract.h"

#include <fcntl.h>
#include <semaphore>
#include <sys/uio.h>
#include <unistd.h>

namespace berth::io {
namespace {

Task<bool> warm(const FileHandle& file, BlockingPool& pool, std::uint64_t size) {
    PageCacheProbe probe(file, pool);
    co_await probe.warm(0, size, size);
    co_return true;
}

bool is_cold(const FileHandle& file, off_t offset) {
    char byte = 0;
    const iovec vector{&byte, 1};
    return ::preadv2(file.fd(), &vector, 1, offset, RWF_NOWAIT) < 0 && errno == EAGAIN;
}

/// As far as the file system lets go of pages.
void evict(const FileHandle& file) {
    ::fsync(file.fd());
    ::posix_fadvise(file.fd(), 0, 0, POSIX_FADV_DONTNEED);
}

TEST(PageCacheProbe, BringsAColdWindowIntoMemory) {
    constexpr std::size_t kSize = 2 * kMiB;
    const TestFile file(patterned(kSize));
    evict(file.handle());
    BlockingPool pool(1, 8);
    EXPECT_TRUE(run_task(warm(file.handle(), pool, kSize)));
    EXPECT_FALSE(is_cold(file.handle(), 0));
    EXPECT_FALSE(is_cold(file.handle(), kSize - 1));
}

TEST(PageCacheProbe, AFullPoolAndAShortFileAreNoErrors) {
    const TestFile file("short");
    evict(file.handle());
    BlockingPool pool(1, 1);
    std::binary_semaphore taken(0);
    std::binary_semaphore go_on(0);
    ASSERT_TRUE(pool.post([&] {
        taken.release();
        go_on.acquire();
    }));
    taken.acquire();
    ASSERT_TRUE(pool.post([] {}));
    EXPECT_TRUE(run_task(warm(file.handle(), pool, 1 * kMiB)));
    EXPECT_TRUE(run_task(warm(file.handle(), pool, 0)));
    go_on.release();
}

}  // namespace
}  // namespace berth::io
