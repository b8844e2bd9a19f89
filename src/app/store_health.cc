// SPDX-License-Identifier: Apache-2.0
#include "app/store_health.h"

#include "app/pause.h"
#include "base/clock.h"
#include "base/try.h"
#include "meta/probe.h"

#include <array>
#include <cerrno>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace berth::app {

namespace {

constexpr std::string_view kCatalog = "catalog";
constexpr std::string_view kObjects = "blob store";
/// So much of the probe's file is written; the rest is reserved.
constexpr std::size_t kWrittenBytes = 4096;

/// Of a write: that it is the disk's fault and not the request's.
bool is_of_the_disk(Errc code) {
    return code == Errc::disk_full || code == Errc::read_only || code == Errc::io_error ||
           code == Errc::corrupt;
}

/// A probe that could not be made (a full queue).
bool says_nothing(const Result<void>& outcome) {
    return !outcome && !is_of_the_disk(outcome.error().code);
}

std::optional<Errc> fault_of(const Result<void>& outcome, const std::optional<Errc>& before) {
    if (outcome) {
        return std::nullopt;
    }
    return says_nothing(outcome) ? before : outcome.error().code;
}

std::string_view advice(Errc code) {
    switch (code) {
        case Errc::disk_full:
            return "free space on the data's file system; pulls go on, pushes come back by "
                   "themselves";
        case Errc::read_only:
            return "mount the data's file system for writing; pulls go on, pushes come back by "
                   "themselves";
        default:
            return "look at the kernel's log for the data's disk; what was acknowledged is safe, "
                   "pulls go on, pushes come back when the disk takes writes";
    }
}

}  // namespace

Result<StoreHealth::Disk> look_at_disk(const std::filesystem::path& path) {
    struct statvfs status{};
    if (::statvfs(path.c_str(), &status) != 0) {
        return fail(io::file_error(errno, "statvfs", path));
    }
    StoreHealth::Disk disk;
    disk.total_bytes = std::uint64_t{status.f_blocks} * status.f_frsize;
    // Some blocks may be kept for the superuser.
    const bool superuser = ::geteuid() == 0;
    disk.free_bytes = std::uint64_t{superuser ? status.f_bfree : status.f_bavail} * status.f_frsize;
    disk.free_files = superuser ? status.f_ffree : status.f_favail;
    disk.read_only = (status.f_flag & ST_RDONLY) != 0;
    return disk;
}

StoreHealth::StoreHealth(Parts parts) : parts_(std::move(parts)) {}

void StoreHealth::write_failed(const Error& error) {
    if (is_of_the_disk(error.code)) {
        doubtful_.store(true, std::memory_order_relaxed);
    }
}

StoreHealth::Snapshot StoreHealth::snapshot() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
}

io::Task<void> StoreHealth::watch(io::Loop& loop, std::chrono::milliseconds between) {
    Pause pause(loop);
    while (!loop.draining()) {
        co_await look();
        if (!loop.draining()) {
            co_await pause.wait(between);
        }
    }
}

io::Task<void> StoreHealth::look() {
    auto job = [this] { return look_at_disk(parts_.data); };
    const Result<Disk> disk = co_await parts_.pool.run(job);
    bool doubtful = doubtful_.exchange(false, std::memory_order_relaxed);
    {
        const std::lock_guard lock(mutex_);
        doubtful = doubtful || !snapshot_.writable();
        if (disk) {
            snapshot_.disk = *disk;
            doubtful = doubtful || disk->read_only || disk->free_bytes < kProbeBytes;
        }
    }
    if (doubtful) {
        co_await probe();
    }
}

io::Task<void> StoreHealth::probe() {
    const Result<void> catalog = co_await probe_catalog();
    const Result<void> objects = co_await probe_objects();
    settle(catalog, objects);
    if (says_nothing(catalog) || says_nothing(objects)) {
        doubtful_.store(true, std::memory_order_relaxed);  // the next look tries again
    }
}

io::Task<Result<void>> StoreHealth::probe_catalog() {
    auto work = [](db::Session& session) { return meta::probe_write(session, now()); };
    co_return co_await parts_.database.write(work);
}

io::Task<Result<void>> StoreHealth::probe_objects() {
    auto job = [this] { return probe_objects_now(); };
    co_return co_await parts_.pool.run(job);
}

// The file is removed whatever happened: what is left of it is missing elsewhere.
Result<void> StoreHealth::probe_objects_now() {
    const std::filesystem::path path = parts_.data / "probe";
    BERTH_TRY(const io::FileHandle file, parts_.files.open_write(path, true));
    Result<void> outcome = io::preallocate(file, kProbeBytes);
    if (outcome) {
        static constexpr std::array<std::byte, kWrittenBytes> kZeros{};
        outcome = parts_.files.write_at(file, kZeros, 0);
    }
    if (outcome) {
        outcome = parts_.files.sync(file);
    }
    const Result<void> removed = parts_.files.remove(path);
    return outcome ? removed : outcome;
}

void StoreHealth::settle(const Result<void>& catalog, const Result<void>& objects) {
    Snapshot before;
    {
        const std::lock_guard lock(mutex_);
        before = snapshot_;
        ++snapshot_.probes;
        snapshot_.catalog = fault_of(catalog, before.catalog);
        snapshot_.objects = fault_of(objects, before.objects);
        if (before.writable() && !snapshot_.writable()) {
            ++snapshot_.times_degraded;
        }
    }
    tell(kCatalog, before.catalog, catalog);
    tell(kObjects, before.objects, objects);
}

void StoreHealth::tell(std::string_view place, const std::optional<Errc>& before,
                       const Result<void>& outcome) {
    const std::optional<Errc> fault = fault_of(outcome, before);
    if (fault == before) {
        return;
    }
    if (fault) {
        parts_.log.failure(telemetry::Level::error, "store_degraded", outcome.error(),
                           {{"place", place}, {"advice", advice(*fault)}});
    } else {
        parts_.log.info("store_recovered", {{"place", place}, {"was", berth::name_of(*before)}});
    }
}

}  // namespace berth::app
