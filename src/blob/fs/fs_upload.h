// SPDX-License-Identifier: Apache-2.0
//
// One upload of the embedded store: a file in uploads/ and the hash of its bytes. append() writes
// on the calling I/O thread and hashes there, too, or has it done (stream_hash.h); everything that
// waits for the device runs on the BlockingPool. Invariant: the hash is that of exactly the first
// offset() bytes of the file; what may lie behind them is cut off before the file becomes an
// object.
#pragma once

#include "blob/blob_store.h"
#include "blob/fs/fs_layout.h"
#include "blob/fs/stream_hash.h"
#include "io/blocking.h"
#include "io/file.h"

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace berth::blob {

/// What the store and all its uploads share.
struct FsContext {
    FsContext(const std::filesystem::path& root, io::FileSystem& file_system,
              io::BlockingPool& blocking_pool)
        : layout(root), files(file_system), pool(blocking_pool) {}

    FsLayout layout;
    io::FileSystem& files;
    io::BlockingPool& pool;
    /// The shards whose own directory entry this process has made durable. Created one by one when
    /// first needed: all 512 at the first start would take seconds on ext4.
    std::array<std::array<std::atomic<bool>, 256>, 2> durable_shards{};
    std::shared_ptr<HashTurn> hash_turn = std::make_shared<HashTurn>(false);
};

class FsUpload final : public Upload {
  public:
    /// An empty upload on a new file at `path`.
    FsUpload(std::shared_ptr<FsContext> context, std::string upload_id, io::FileHandle file,
             oci::Algorithm algorithm);
    ~FsUpload() override;

    /// Reserves blocks for an upload that announced its size; disk_full when they are not there.
    io::Task<Result<void>> reserve(std::uint64_t size);
    /// Takes the first `promised` bytes of the file, or all up to the first hole, as accepted and
    /// durable: reads them into the hash, syncs.
    io::Task<Result<void>> take_up(std::optional<std::uint64_t> promised);

    std::uint64_t offset() const override { return offset_; }

    io::Task<Result<void>> append(ByteView bytes) override;
    io::Task<Result<void>> sync() override;
    io::Task<Result<void>> verify(const oci::Digest& expected) override;
    io::Task<Result<Location>> commit(const oci::Digest& digest) override;
    io::Task<Result<void>> undo_commit() override;
    io::Task<Result<void>> discard() override;

    bool is_lost() const override { return state_ == State::lost; }

  private:
    enum class State : std::uint8_t { open, committed, discarded, lost };
    struct SharedFile;

    Result<void> check_open() const;
    Result<void> write_now(ByteView bytes);
    void write_out_behind();
    io::Task<Result<void>> hash_file(oci::Hasher& hasher, std::uint64_t size);
    Result<void> cut_tail();
    Result<void> lose(Error error);
    // On the pool:
    Result<void> sync_now();
    Result<void> sync_entry_now();
    Result<void> commit_now(const oci::Digest& digest);
    Result<void> link_now();
    Result<void> make_shard_now(const oci::Digest& digest);

    // immutable after construction
    std::shared_ptr<FsContext> context_;
    std::string id_;
    std::filesystem::path path_;
    std::shared_ptr<SharedFile> file_;  // shared with write-outs in the pool; null once discarded

    // owned by the request that holds the upload
    StreamHash hash_;
    State state_ = State::open;
    std::uint64_t offset_ = 0;
    std::uint64_t durable_ = 0;       // bytes covered by a successful sync
    std::uint64_t written_out_ = 0;   // bytes whose write-out was started
    std::uint64_t file_end_max_ = 0;  // no byte or reserved block lies behind this
    bool entry_durable_ = false;      // the file's name survives a crash
    std::optional<oci::Digest> verified_;
    std::filesystem::path committed_;  // where commit() put the file
};

}  // namespace berth::blob
