// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: a registry on a directory of its own, with a file system and a
// database that can be made to fail, and short forms of what a client does.
#pragma once

#include "base/try.h"
#include "blob/fs/fs_blob_store.h"
#include "db/sqlite_database.h"
#include "io/testing/faulty_file_system.h"
#include "io/testing/run_task.h"
#include "io/testing/temporary_directory.h"
#include "meta/schema.h"
#include "oci/hasher.h"
#include "registry/blob_service.h"
#include "registry/listing_service.h"
#include "registry/manifest_service.h"
#include "registry/metadata_service.h"
#include "registry/upload_service.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace berth::registry {

/// Passes through to `inner`; the next write can be made to fail without running, or to be
/// overtaken by another one.
class FaultyDatabase final : public db::Database {
  public:
    explicit FaultyDatabase(db::Database& inner) : inner_(inner) {}

    void fail_write(std::size_t nth, Errc code) { fault_ = std::pair(nth, code); }

    /// Whether that write came.
    bool has_failed() const { return !fault_.has_value(); }

    /// Commits `change` right before the next write: what another request did meanwhile.
    void overtake(std::function<Result<void>(db::Session&)> change) { change_ = std::move(change); }

    /// Runs around each write.
    void watch(std::function<void()> around) { around_ = std::move(around); }

  protected:
    io::Task<Result<void>> run_read(db::Work& work) override {
        auto step = [&work](db::Session& session) -> Result<void> {
            work(session);
            return {};
        };
        co_return co_await inner_.read(step);
    }

    io::Task<Result<void>> run_write(db::TransactionalWork& work,
                                     db::Durability durability) override {
        if (around_) {
            around_();
        }
        if (fault_ && --fault_->first == 0) {
            co_return fail(std::exchange(fault_, std::nullopt)->second, "injected");
        }
        if (change_) {
            auto change = std::exchange(change_, nullptr);
            BERTH_CO_TRY_VOID(co_await inner_.write(change));
        }
        bool keep = true;
        auto step = [&work, &keep](db::Session& session) -> Result<void> {
            keep = work(session);
            return keep ? Result<void>() : fail(Errc::cancelled, "rolled back");
        };
        Result<void> ran = co_await inner_.write(step, durability);
        if (around_) {
            around_();
        }
        if (!ran && keep) {
            co_return ran;
        }
        co_return Result<void>();
    }

  private:
    db::Database& inner_;
    std::function<void()> around_;
    std::function<Result<void>(db::Session&)> change_;
    std::optional<std::pair<std::size_t, Errc>> fault_;
};

inline oci::Digest sha256(std::string_view text) {
    return oci::digest_of(oci::Algorithm::sha256, as_bytes(text));
}

inline oci::Digest sha512(std::string_view text) {
    return oci::digest_of(oci::Algorithm::sha512, as_bytes(text));
}

inline oci::Repository repository(std::string_view name) {
    return oci::Repository::parse(name).value();
}

/// As most tests here want it: every blob is a file.
inline Limits files_only() {
    Limits limits;
    limits.inline_blob_bytes_max = 0;
    return limits;
}

inline bool allow_all(const oci::Repository&) {
    return true;
}

/// One process: everything that lives between start and stop on `directory`.
class RunningRegistry {
  public:
    explicit RunningRegistry(const std::filesystem::path& directory, Limits limits = files_only())
        : files(*real_),
          sqlite_(db::SqliteDatabase::open(directory / "catalog.db", meta::migrations()).value()),
          database(*sqlite_),
          store(blob::open_fs_blob_store(directory, files, pool_).value()),
          uploads(database, *store, limits),
          blobs(database, *store),
          manifests(database, *store, ManifestPolicy()),
          listings(database),
          metadata(database) {}

  private:
    std::unique_ptr<io::FileSystem> real_ = io::real_file_system();

  public:
    io::FaultyFileSystem files;

  private:
    io::BlockingPool pool_{2, 64};
    std::unique_ptr<db::SqliteDatabase> sqlite_;

  public:
    FaultyDatabase database;
    std::unique_ptr<blob::BlobStore> store;
    UploadService uploads;
    BlobService blobs;
    ManifestService manifests;
    ListingService listings;
    MetadataService metadata;
};

class RegistryTest : public testing::Test {
  protected:
    RegistryTest() { restart(); }

    void restart(Limits limits = files_only()) {
        registry_.reset();
        registry_ = std::make_unique<RunningRegistry>(directory_.path(), limits);
    }

    UploadService& uploads() { return registry_->uploads; }

    BlobService& blobs() { return registry_->blobs; }

    Result<std::unique_ptr<UploadHold>> begin(const std::string& name = "app") {
        return io::run_task(
            uploads().begin(repository(name), "alice", oci::Algorithm::sha256, std::nullopt));
    }

    Result<std::unique_ptr<UploadHold>> acquire(const std::string& id,
                                                const std::string& name = "app",
                                                const std::string& owner = "alice") {
        const UploadKey key(repository(name), id, owner);
        return io::run_task(uploads().acquire(key));
    }

    static Result<void> append(UploadHold& hold, std::string_view text) {
        return io::run_task(hold.append(as_bytes(text)));
    }

    static Result<void> sync(UploadHold& hold) { return io::run_task(hold.sync()); }

    static Result<void> commit(UploadHold& hold, const oci::Digest& digest) {
        return io::run_task(hold.commit(digest));
    }

    /// A whole push of `text` as a blob.
    Result<void> push(const std::string& name, std::string_view text) {
        auto hold = begin(name);
        if (!hold) {
            return std::unexpected(hold.error());
        }
        auto appended = append(**hold, text);
        return appended ? commit(**hold, sha256(text)) : appended;
    }

    /// The blob's bytes as served in `name`; the error's name in brackets otherwise.
    std::string pull(const std::string& name, const oci::Digest& digest) {
        const auto opened = io::run_task(blobs().open(repository(name), digest));
        if (!opened) {
            return "[" + std::string(name_of(opened.error().code)) + "]";
        }
        if (const auto* small = std::get_if<std::string>(&opened->bytes)) {
            return *small;
        }
        std::string text(opened->size, '\0');
        const auto read = io::read_exactly(std::get<io::FileHandle>(opened->bytes),
                                           std::as_writable_bytes(std::span(text)), 0);
        return read ? text : "[unreadable]";
    }

    std::size_t files_below(const char* name) const {
        std::size_t found = 0;
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(directory_.path() / name)) {
            found += entry.is_regular_file() ? 1 : 0;
        }
        return found;
    }

    /// The only object file; fails when there is not exactly one.
    std::filesystem::path only_object() const {
        EXPECT_EQ(files_below("blobs"), 1U);
        for (const auto& entry :
             std::filesystem::recursive_directory_iterator(directory_.path() / "blobs")) {
            if (entry.is_regular_file()) {
                return entry.path();
            }
        }
        return {};
    }

    io::TemporaryDirectory directory_;
    std::unique_ptr<RunningRegistry> registry_;
};

}  // namespace berth::registry
