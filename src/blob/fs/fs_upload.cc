// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_upload.h"

#include "base/assert.h"
#include "base/try.h"

#include <algorithm>
#include <vector>

namespace berth::blob {
namespace {

/// Pieces in which the device is fed while the upload runs; the closing sync waits for no more than
/// about this much, and a piece is large enough to be written in long runs.
constexpr std::uint64_t kWriteOutBytes = 8 * kMiB;
/// A reservation is a claim before any byte was sent, so one request may not claim the whole disk.
constexpr std::uint64_t kReserveBytesMax = kGiB;
/// Below this the allocator does as well on its own.
constexpr std::uint64_t kReserveBytesMin = kMiB;
/// One job of a long read, so that a large blob does not keep a pool thread from everybody else.
constexpr std::uint64_t kHashJobBytes = 64 * kMiB;
constexpr std::size_t kHashBufferBytes = 256 * kKiB;

Result<void> hash_part(const io::FileHandle& file, oci::Hasher& hasher, std::uint64_t from,
                       std::uint64_t to) {
    std::vector<std::byte> buffer(
        static_cast<std::size_t>(std::min<std::uint64_t>(kHashBufferBytes, to - from)));
    while (from < to) {
        const auto length =
            static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), to - from));
        const MutableBytes piece = MutableBytes(buffer).first(length);
        BERTH_TRY_VOID(io::read_exactly(file, piece, from));
        hasher.update(piece);
        from += length;
    }
    return {};
}

}  // namespace

struct FsUpload::SharedFile {
    explicit SharedFile(io::FileHandle opened) : handle(std::move(opened)) {}

    io::FileHandle handle;
    std::atomic<bool> writing_out = false;
};

FsUpload::FsUpload(std::shared_ptr<FsContext> context, std::string upload_id, io::FileHandle file,
                   oci::Algorithm algorithm)
    : context_(std::move(context)),
      id_(std::move(upload_id)),
      path_(context_->layout.upload_path(id_).value()),
      file_(std::make_shared<SharedFile>(std::move(file))),
      hash_(algorithm, context_->pool, context_->hash_turn) {}

FsUpload::~FsUpload() = default;

io::Task<Result<void>> FsUpload::reserve(std::uint64_t size) {
    const std::uint64_t claim = std::min(size, kReserveBytesMax);
    if (claim < kReserveBytesMin) {
        co_return Result<void>();
    }
    auto job = [this, claim] { return io::preallocate(file_->handle, claim); };
    BERTH_CO_TRY_VOID(co_await context_->pool.run(job));
    file_end_max_ = claim;
    co_return Result<void>();
}

io::Task<Result<void>> FsUpload::take_up(std::optional<std::uint64_t> promised) {
    BERTH_CO_TRY(const std::uint64_t end, io::file_size(file_->handle));
    // Behind what was synced a power cut may leave a length with zeros, which nobody sent.
    BERTH_CO_TRY(const std::uint64_t written, io::written_size(file_->handle));
    const std::uint64_t size = promised ? std::min(*promised, end) : written;
    oci::Hasher* const hasher = co_await hash_.settled();
    BERTH_CO_TRY_VOID(co_await hash_file(*hasher, size));
    offset_ = size;
    written_out_ = size;
    file_end_max_ = end;
    co_return co_await sync();
}

io::Task<Result<void>> FsUpload::append(ByteView bytes) {
    BERTH_CO_TRY_VOID(check_open());
    if (bytes.empty()) {
        co_return Result<void>();
    }
    BERTH_CO_TRY_VOID(write_now(bytes));
    co_await hash_.add(bytes);
    offset_ += bytes.size();
    verified_.reset();
    if (offset_ - written_out_ >= kWriteOutBytes) {
        write_out_behind();
    }
    co_return Result<void>();
}

Result<void> FsUpload::write_now(ByteView bytes) {
    file_end_max_ = std::max(file_end_max_, offset_ + bytes.size());
    auto written = context_->files.write_at(file_->handle, bytes, offset_);
    if (!written) {
        // Gives blocks back at once when the disk is full. A cut that fails too costs nothing: the
        // tail is overwritten by the next append and cut by the commit.
        static_cast<void>(cut_tail());
    }
    return written;
}

void FsUpload::write_out_behind() {
    // At most one such job per upload: when the device is slow the next one covers more.
    if (file_->writing_out.exchange(true)) {
        return;
    }
    auto job = [file = file_, from = written_out_, length = offset_ - written_out_] {
        io::start_write_out(file->handle, from, length);
        file->writing_out.store(false);
    };
    if (context_->pool.post(std::move(job))) {
        written_out_ = offset_;
    } else {
        file_->writing_out.store(false);
    }
}

io::Task<Result<void>> FsUpload::sync() {
    BERTH_CO_TRY_VOID(check_open());
    if (entry_durable_ && durable_ == offset_) {
        co_return Result<void>();
    }
    auto job = [this]() -> Result<void> {
        BERTH_TRY_VOID(sync_now());
        return sync_entry_now();
    };
    co_return co_await context_->pool.run(job);
}

io::Task<Result<void>> FsUpload::verify(const oci::Digest& expected) {
    BERTH_CO_TRY_VOID(check_open());
    // The live hash goes on after a refusal, so its end is told by a copy.
    const oci::Hasher* const settled = co_await hash_.settled();
    const bool known = expected.algorithm() == settled->algorithm();
    oci::Hasher hasher = known ? settled->copy() : oci::Hasher(expected.algorithm());
    if (!known) {
        BERTH_CO_TRY_VOID(co_await hash_file(hasher, offset_));
    }
    const oci::Digest actual = hasher.finish();
    if (actual != expected) {
        co_return fail(Errc::digest_invalid, "content is " + actual.text());
    }
    verified_ = expected;
    co_return Result<void>();
}

io::Task<Result<Location>> FsUpload::commit(const oci::Digest& digest) {
    BERTH_CO_TRY_VOID(check_open());
    BERTH_CHECK(verified_ == digest);
    const Location location = context_->layout.location_of(digest, id_);
    committed_ = context_->layout.blob_path(location).value();
    auto job = [this, &digest] { return commit_now(digest); };
    BERTH_CO_TRY_VOID(co_await context_->pool.run(job));
    state_ = State::committed;
    co_return location;
}

io::Task<Result<void>> FsUpload::undo_commit() {
    BERTH_CHECK(state_ == State::committed);
    auto job = [this] { return context_->files.remove(committed_); };
    BERTH_CO_TRY_VOID(co_await context_->pool.run(job));
    state_ = State::open;
    co_return Result<void>();
}

io::Task<Result<void>> FsUpload::discard() {
    if (state_ == State::discarded) {
        co_return Result<void>();
    }
    // Freeing a large file's blocks goes one extent after the other, so not inline. They are freed
    // by the close: what the caller writes next may need them.
    auto job = [this]() -> Result<void> {
        BERTH_TRY_VOID(context_->files.remove(path_));
        file_.reset();
        return {};
    };
    BERTH_CO_TRY_VOID(co_await context_->pool.run(job));
    state_ = State::discarded;
    co_return Result<void>();
}

Result<void> FsUpload::check_open() const {
    if (state_ == State::lost) {
        return fail(Errc::io_error, "upload " + id_ + " was lost by a failed sync");
    }
    if (state_ != State::open) {
        return fail(Errc::upload_unknown, "upload " + id_ + " is over");
    }
    return {};
}

io::Task<Result<void>> FsUpload::hash_file(oci::Hasher& hasher, std::uint64_t size) {
    for (std::uint64_t from = 0; from < size; from += kHashJobBytes) {
        const std::uint64_t to = std::min(size, from + kHashJobBytes);
        auto job = [this, &hasher, from, to] { return hash_part(file_->handle, hasher, from, to); };
        BERTH_CO_TRY_VOID(co_await context_->pool.run(job));
    }
    co_return Result<void>();
}

Result<void> FsUpload::cut_tail() {
    if (file_end_max_ > offset_) {
        BERTH_TRY_VOID(context_->files.truncate(file_->handle, offset_));
        file_end_max_ = offset_;
    }
    return {};
}

Result<void> FsUpload::lose(Error error) {
    // The kernel reports a page it could not write once and then forgets it: a second sync would
    // succeed although the bytes are gone. So the upload ends here.
    state_ = State::lost;
    return fail(std::move(error));
}

Result<void> FsUpload::sync_now() {
    auto synced = context_->files.sync(file_->handle);
    if (!synced) {
        return lose(std::move(synced).error());
    }
    durable_ = offset_;
    return {};
}

Result<void> FsUpload::sync_entry_now() {
    if (entry_durable_) {
        return {};
    }
    auto synced = context_->files.sync_directory(context_->layout.uploads());
    if (!synced) {
        return lose(std::move(synced).error());
    }
    entry_durable_ = true;
    return {};
}

Result<void> FsUpload::commit_now(const oci::Digest& digest) {
    BERTH_TRY_VOID(cut_tail());
    BERTH_TRY_VOID(make_shard_now(digest));
    // A second name, not a rename: until a row names the object the session must survive a crash.
    // Before the sync, so that one journal commit of the file system has both; until then the name
    // means nothing to anybody.
    BERTH_TRY_VOID(link_now());
    Result<void> synced = sync_now();
    if (synced) {
        synced = context_->files.sync_directory(committed_.parent_path());
    }
    if (!synced) {
        static_cast<void>(context_->files.remove(committed_));
        return lose(std::move(synced).error());
    }
    return {};
}

// A crash after an earlier commit leaves the name behind; after a restored copy of the tree it may
// be a file of its own. No row names it: such a row would have ended this upload. Where that is
// doubtful the name must not, even for a moment, stand for less than it did: hence the sync.
Result<void> FsUpload::link_now() {
    auto linked = context_->files.link(path_, committed_);
    if (linked || linked.error().code != Errc::conflict) {
        return linked;
    }
    BERTH_TRY_VOID(sync_now());
    BERTH_TRY_VOID(context_->files.remove(committed_));
    return context_->files.link(path_, committed_);
}

Result<void> FsUpload::make_shard_now(const oci::Digest& digest) {
    const std::size_t row = digest.algorithm() == oci::Algorithm::sha256 ? 0 : 1;
    auto& durable = context_->durable_shards[row][std::to_integer<std::size_t>(digest.hash()[0])];
    if (durable.load()) {
        return {};
    }
    const std::filesystem::path shard = committed_.parent_path();
    BERTH_TRY_VOID(io::make_directories(shard));
    // An object in a directory whose own name was lost would be lost with it. That another upload
    // made the directory does not say that its sync is over.
    auto synced = context_->files.sync_directory(shard.parent_path());
    if (!synced) {
        return lose(std::move(synced).error());
    }
    durable.store(true);
    return {};
}

}  // namespace berth::blob
