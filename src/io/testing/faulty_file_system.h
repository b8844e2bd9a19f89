// SPDX-License-Identifier: Apache-2.0
//
// A FileSystem for tests whose nth call of a kind fails with a chosen errno. A failing write first
// writes half of its bytes, as a disk does that runs full. Also counts calls, and can run a
// function before each one (to copy the directory as a crash would leave it). One caller at a time.
#pragma once

#include "io/file.h"

#include <array>
#include <cstddef>
#include <functional>
#include <mutex>
#include <optional>
#include <utility>

namespace berth::io {

enum class FileCall : std::uint8_t { open, write, truncate, sync, sync_directory, link, remove };

class FaultyFileSystem final : public FileSystem {
  public:
    explicit FaultyFileSystem(FileSystem& real) : real_(real) {}

    /// The `nth` (from 1) following `call` fails with `errno_value`, once.
    void fail_at(FileCall call, std::size_t nth, int errno_value) {
        const std::lock_guard lock(mutex_);
        fault_ = Fault{call, nth, errno_value};
    }

    /// `before` runs before each call that changes something.
    void watch(std::function<void(FileCall)> before) { before_ = std::move(before); }

    /// `before` runs once, before the next file is opened for reading.
    void before_read(std::function<void()> before) { before_read_ = std::move(before); }

    /// Calls of this kind since the start, failed ones included.
    std::size_t count(FileCall call) const {
        const std::lock_guard lock(mutex_);
        return counts_[static_cast<std::size_t>(call)];
    }

    /// Whether the fault set last has happened.
    bool has_failed() const {
        const std::lock_guard lock(mutex_);
        return !fault_.has_value();
    }

    Result<FileHandle> open_read(const std::filesystem::path& path) override {
        if (auto before = std::exchange(before_read_, nullptr)) {
            before();
        }
        return real_.open_read(path);
    }

    Result<FileHandle> open_write(const std::filesystem::path& path, bool create) override {
        if (const int code = enter(FileCall::open)) {
            return fail(file_error(code, "open", path));
        }
        return real_.open_write(path, create);
    }

    Result<void> write_at(const FileHandle& file, ByteView bytes, std::uint64_t offset) override {
        if (const int code = enter(FileCall::write)) {
            static_cast<void>(real_.write_at(file, bytes.first(bytes.size() / 2), offset));
            return fail(file_error(code, "write", "file"));
        }
        return real_.write_at(file, bytes, offset);
    }

    Result<void> truncate(const FileHandle& file, std::uint64_t size) override {
        if (const int code = enter(FileCall::truncate)) {
            return fail(file_error(code, "truncate", "file"));
        }
        return real_.truncate(file, size);
    }

    Result<void> sync(const FileHandle& file) override {
        if (const int code = enter(FileCall::sync)) {
            return fail(file_error(code, "sync", "file"));
        }
        return real_.sync(file);
    }

    Result<void> sync_directory(const std::filesystem::path& path) override {
        if (const int code = enter(FileCall::sync_directory)) {
            return fail(file_error(code, "sync of directory", path));
        }
        return real_.sync_directory(path);
    }

    Result<void> link(const std::filesystem::path& file,
                      const std::filesystem::path& name) override {
        if (const int code = enter(FileCall::link)) {
            return fail(file_error(code, "link", file));
        }
        return real_.link(file, name);
    }

    Result<void> remove(const std::filesystem::path& path) override {
        if (const int code = enter(FileCall::remove)) {
            return fail(file_error(code, "remove", path));
        }
        return real_.remove(path);
    }

  private:
    struct Fault {
        FileCall call;
        std::size_t left;
        int errno_value;
    };

    /// The errno this call fails with, 0 for none.
    int enter(FileCall call) {
        if (before_) {
            before_(call);
        }
        const std::lock_guard lock(mutex_);
        ++counts_[static_cast<std::size_t>(call)];
        if (!fault_ || fault_->call != call || --fault_->left > 0) {
            return 0;
        }
        return std::exchange(fault_, std::nullopt)->errno_value;
    }

    FileSystem& real_;
    std::function<void(FileCall)> before_;
    std::function<void()> before_read_;
    mutable std::mutex mutex_;
    std::optional<Fault> fault_;           // guarded by mutex_
    std::array<std::size_t, 7> counts_{};  // guarded by mutex_
};

}  // namespace berth::io
