// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_blob_store.h"

#include "base/try.h"
#include "blob/fs/fs_objects.h"
#include "blob/fs/fs_quarantine.h"
#include "blob/fs/fs_upload.h"

#include <fmt/format.h>

#include <span>

namespace berth::blob {
namespace {

class FsBlobStore final : public BlobStore {
  public:
    FsBlobStore(std::shared_ptr<FsContext> context, const std::filesystem::path& root)
        : context_(std::move(context)), quarantine_(root, context_->files) {}

    io::Task<Result<OpenBlob>> open(const Location& location,
                                    std::uint64_t expected_size) override {
        co_return open_now(location, expected_size);
    }

    io::Task<Result<std::string>> read(const Location& location, std::uint64_t size) override {
        auto job = [&]() -> Result<std::string> {
            BERTH_TRY(const OpenBlob blob, open_now(location, size));
            std::string bytes(static_cast<std::size_t>(size), '\0');
            BERTH_TRY_VOID(
                io::read_exactly(blob.file, std::as_writable_bytes(std::span(bytes)), 0));
            return bytes;
        };
        co_return co_await context_->pool.run(job);
    }

    io::Task<Result<std::unique_ptr<Upload>>> begin(
        std::string upload_id, oci::Algorithm algorithm,
        std::optional<std::uint64_t> size_hint) override {
        BERTH_CO_TRY(auto upload, open_upload(std::move(upload_id), algorithm, true));
        if (size_hint) {
            auto reserved = co_await upload->reserve(*size_hint);
            if (!reserved) {
                static_cast<void>(co_await upload->discard());
                co_return std::unexpected(std::move(reserved).error());
            }
        }
        co_return std::unique_ptr<Upload>(std::move(upload));
    }

    io::Task<Result<std::unique_ptr<Upload>>> resume(
        std::string upload_id, oci::Algorithm algorithm,
        std::optional<std::uint64_t> promised) override {
        BERTH_CO_TRY(auto upload, open_upload(std::move(upload_id), algorithm, false));
        auto taken = co_await upload->take_up(promised);
        if (!taken) {
            if (upload->is_lost()) {
                // Otherwise a second try would trust pages the device never got.
                static_cast<void>(co_await upload->discard());
            }
            co_return std::unexpected(std::move(taken).error());
        }
        co_return std::unique_ptr<Upload>(std::move(upload));
    }

    io::Task<Result<void>> abandon(std::string upload_id) override {
        const auto path = context_->layout.upload_path(upload_id);
        if (!path) {
            co_return Result<void>();
        }
        co_return co_await remove_file(*path);
    }

    io::Task<Result<std::vector<std::string>>> list_uploads() override {
        auto job = [this] { return io::list_directory(context_->layout.uploads()); };
        co_return co_await context_->pool.run(job);
    }

    std::size_t object_parts() const override { return kObjectParts; }

    io::Task<Result<ObjectList>> list_objects(std::size_t part) override {
        auto job = [this, part] { return list_part(context_->layout, part); };
        co_return co_await context_->pool.run(job);
    }

    io::Task<Result<std::uint64_t>> size_of(const Location& location) override {
        auto job = [this, &location] { return object_size(context_->layout, location); };
        co_return co_await context_->pool.run(job);
    }

    io::Task<Result<void>> remove(const Location& location) override {
        const auto path = context_->layout.blob_path(location);
        if (!path) {
            co_return fail(Errc::corrupt, "no location of this store: " + location.text);
        }
        co_return co_await remove_file(*path);
    }

    io::Task<Result<bool>> quarantine(const Location& location) override {
        auto job = [this, &location] { return quarantine_.take(location); };
        co_return co_await context_->pool.run(job);
    }

    io::Task<Result<void>> keep_in_quarantine(std::string name, ByteView bytes) override {
        auto job = [&] { return quarantine_.keep(name, bytes); };
        co_return co_await context_->pool.run(job);
    }

  private:
    Result<OpenBlob> open_now(const Location& location, std::uint64_t expected_size) {
        const auto path = context_->layout.blob_path(location);
        if (!path) {
            return fail(Errc::corrupt, "no location of this store: " + location.text);
        }
        auto file = context_->files.open_read(*path);
        if (!file) {
            Error error = std::move(file).error();
            if (error.code == Errc::upload_unknown) {
                error.code = Errc::corrupt;
            }
            return fail(std::move(error));
        }
        BERTH_TRY(const std::uint64_t size, io::file_size(*file));
        if (size != expected_size) {
            return fail(Errc::corrupt, fmt::format("{} has {} bytes, its row says {}",
                                                   location.text, size, expected_size));
        }
        return OpenBlob(std::move(*file), size);
    }

    Result<std::unique_ptr<FsUpload>> open_upload(std::string upload_id, oci::Algorithm algorithm,
                                                  bool create) {
        const auto path = context_->layout.upload_path(upload_id);
        if (!path) {
            return fail(Errc::upload_unknown, "upload id is no UUID");
        }
        BERTH_TRY(io::FileHandle file, context_->files.open_write(*path, create));
        return std::make_unique<FsUpload>(context_, std::move(upload_id), std::move(file),
                                          algorithm);
    }

    io::Task<Result<void>> remove_file(const std::filesystem::path& path) {
        auto job = [this, &path] { return context_->files.remove(path); };
        co_return co_await context_->pool.run(job);
    }

    std::shared_ptr<FsContext> context_;
    FsQuarantine quarantine_;
};

}  // namespace

Result<std::unique_ptr<BlobStore>> open_fs_blob_store(const std::filesystem::path& root,
                                                      io::FileSystem& files,
                                                      io::BlockingPool& pool) {
    auto context = std::make_shared<FsContext>(root, files, pool);
    const FsLayout& layout = context->layout;
    BERTH_TRY_VOID(io::make_directories(layout.uploads()));
    for (const auto algorithm : {oci::Algorithm::sha256, oci::Algorithm::sha512}) {
        BERTH_TRY_VOID(io::make_directories(layout.of_algorithm(algorithm)));
    }
    BERTH_TRY_VOID(files.sync_directory(layout.blobs()));
    BERTH_TRY_VOID(files.sync_directory(root));
    return std::make_unique<FsBlobStore>(std::move(context), root);
}

}  // namespace berth::blob
