// SPDX-License-Identifier: Apache-2.0
//
// A file system that measures another one: how long its syncs take, which is most of what a push
// waits for, and what of its writes failed. Everything else goes through.
#pragma once

#include "io/file.h"
#include "telemetry/metrics.h"

#include <cstdint>
#include <memory>

namespace berth::io {

class MeasuredFileSystem final : public FileSystem {
  public:
    struct Statistics {
        telemetry::HistogramView syncs;  // of files and of directories
        std::uint64_t failed_writes = 0;
        std::uint64_t failed_syncs = 0;
    };

    explicit MeasuredFileSystem(std::unique_ptr<FileSystem> measured);

    Result<FileHandle> open_read(const std::filesystem::path& path) override;
    Result<FileHandle> open_write(const std::filesystem::path& path, bool create) override;
    Result<void> write_at(const FileHandle& file, ByteView bytes, std::uint64_t offset) override;
    Result<void> truncate(const FileHandle& file, std::uint64_t size) override;
    Result<void> sync(const FileHandle& file) override;
    Result<void> sync_directory(const std::filesystem::path& path) override;
    Result<void> link(const std::filesystem::path& file,
                      const std::filesystem::path& name) override;
    Result<void> remove(const std::filesystem::path& path) override;

    /// Any thread.
    Statistics statistics() const;

  private:
    Result<void> noted(Result<void> written);

    const std::unique_ptr<FileSystem> measured_;
    telemetry::Histogram syncs_;
    telemetry::Counter failed_writes_;
    telemetry::Counter failed_syncs_;
};

}  // namespace berth::io
