// SPDX-License-Identifier: Apache-2.0
//
// A store with its health and readiness, on a file system that fails when it is told to. For tests
// only.
#pragma once

#include "app/readiness.h"
#include "app/store_health.h"
#include "db/sqlite_database.h"
#include "io/testing/run_task.h"
#include "io/testing/temporary_directory.h"
#include "meta/schema.h"
#include "telemetry/testing_pipe.h"

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

namespace berth::app {

/// Every write fails with `fault` while there is one.
class FailingFiles final : public io::FileSystem {
  public:
    Result<io::FileHandle> open_read(const std::filesystem::path& path) override {
        return real_->open_read(path);
    }

    Result<io::FileHandle> open_write(const std::filesystem::path& path, bool create) override {
        if (fault == Errc::read_only) {
            return fail(*fault, "told to");
        }
        return real_->open_write(path, create);
    }

    Result<void> write_at(const io::FileHandle& file, ByteView bytes,
                          std::uint64_t offset) override {
        return fault == Errc::disk_full ? fail(*fault, "told to")
                                        : real_->write_at(file, bytes, offset);
    }

    Result<void> truncate(const io::FileHandle& file, std::uint64_t size) override {
        return real_->truncate(file, size);
    }

    Result<void> sync(const io::FileHandle& file) override {
        return fault == Errc::io_error ? fail(*fault, "told to") : real_->sync(file);
    }

    Result<void> sync_directory(const std::filesystem::path& path) override {
        return real_->sync_directory(path);
    }

    Result<void> link(const std::filesystem::path& file,
                      const std::filesystem::path& name) override {
        return real_->link(file, name);
    }

    Result<void> remove(const std::filesystem::path& path) override { return real_->remove(path); }

    std::optional<Errc> fault;

  private:
    std::unique_ptr<io::FileSystem> real_ = io::real_file_system();
};

class WatchedStore : public testing::Test {
  protected:
    /// As the server does once a second.
    StoreHealth::Snapshot look() { return io::run_task(looked(health_)); }

    static io::Task<StoreHealth::Snapshot> looked(StoreHealth& health) {
        co_await health.look();
        co_return health.snapshot();
    }

    io::TemporaryDirectory directory_;
    telemetry::Pipe pipe_;
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::info, pipe_.writer()};
    FailingFiles files_;
    io::BlockingPool pool_{1, 16};
    std::unique_ptr<db::SqliteDatabase> database_ =
        db::SqliteDatabase::open(directory_.path() / "catalog.db", meta::migrations()).value();
    StoreHealth health_{StoreHealth::Parts{*database_, files_, pool_, log_, directory_.path()}};
    Readiness readiness_{Readiness::Parts{health_, *database_, nullptr}};
};

}  // namespace berth::app
