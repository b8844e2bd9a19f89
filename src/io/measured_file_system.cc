// SPDX-License-Identifier: Apache-2.0
#include "io/measured_file_system.h"

#include <chrono>
#include <utility>

namespace berth::io {

namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

MeasuredFileSystem::MeasuredFileSystem(std::unique_ptr<FileSystem> measured)
    : measured_(std::move(measured)), syncs_(telemetry::duration_buckets()) {}

Result<FileHandle> MeasuredFileSystem::open_read(const std::filesystem::path& path) {
    return measured_->open_read(path);
}

Result<FileHandle> MeasuredFileSystem::open_write(const std::filesystem::path& path, bool create) {
    return measured_->open_write(path, create);
}

Result<void> MeasuredFileSystem::write_at(const FileHandle& file, ByteView bytes,
                                          std::uint64_t offset) {
    return noted(measured_->write_at(file, bytes, offset));
}

Result<void> MeasuredFileSystem::truncate(const FileHandle& file, std::uint64_t size) {
    return noted(measured_->truncate(file, size));
}

Result<void> MeasuredFileSystem::sync(const FileHandle& file) {
    const auto started = SteadyClock::now();
    Result<void> synced = measured_->sync(file);
    syncs_.observe(SteadyClock::now() - started);
    if (!synced) {
        failed_syncs_.add();
    }
    return synced;
}

Result<void> MeasuredFileSystem::sync_directory(const std::filesystem::path& path) {
    const auto started = SteadyClock::now();
    Result<void> synced = measured_->sync_directory(path);
    syncs_.observe(SteadyClock::now() - started);
    if (!synced) {
        failed_syncs_.add();
    }
    return synced;
}

Result<void> MeasuredFileSystem::link(const std::filesystem::path& file,
                                      const std::filesystem::path& name) {
    return noted(measured_->link(file, name));
}

Result<void> MeasuredFileSystem::remove(const std::filesystem::path& path) {
    return noted(measured_->remove(path));
}

MeasuredFileSystem::Statistics MeasuredFileSystem::statistics() const {
    Statistics statistics;
    statistics.syncs = syncs_.view();
    statistics.failed_writes = failed_writes_.value();
    statistics.failed_syncs = failed_syncs_.value();
    return statistics;
}

Result<void> MeasuredFileSystem::noted(Result<void> written) {
    if (!written) {
        failed_writes_.add();
    }
    return written;
}

}  // namespace berth::io
