// SPDX-License-Identifier: Apache-2.0
//
// Where bytes rest. A BlobStore knows locations, not repositories: whether a caller may have a blob
// is decided above, by the link row. A location is a name that is never reused, so a removal can
// never hit a newer upload of the same digest (docs/disk_layout.md).
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "blob/store_upkeep.h"
#include "io/file.h"
#include "io/task.h"
#include "oci/digest.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::blob {

/// An object opened for reading: a descriptor whose bytes never change, and its size.
struct OpenBlob {
    OpenBlob(io::FileHandle handle, std::uint64_t bytes) : file(std::move(handle)), size(bytes) {}

    io::FileHandle file;
    std::uint64_t size;
};

/// Bytes on their way in. Owned by one request at a time. A failed append leaves offset() where it
/// was.
class Upload {
  public:
    virtual ~Upload() = default;
    /// Bytes accepted so far.
    virtual std::uint64_t offset() const = 0;
    /// Hashes and writes `bytes` at offset(). Errors: disk_full, read_only, io_error.
    virtual io::Task<Result<void>> append(ByteView bytes) = 0;
    /// Makes the bytes accepted so far durable, so that offset() may be promised to a client.
    virtual io::Task<Result<void>> sync() = 0;
    /// Ends the hash and compares: Errc::digest_invalid when the content is not `expected` (the
    /// upload stays as it was and may be tried again). Success only says what the content is.
    virtual io::Task<Result<void>> verify(const oci::Digest& expected) = 0;
    /// Requires a successful verify(`digest`) since the last append. Makes the object durable under
    /// a location of its own (file synced, linked there, directory synced) and answers it. The
    /// upload keeps its bytes too until discard(): when the process dies before a row names the
    /// object, the session goes on. A failure leaves the upload as it was, unless is_lost().
    virtual io::Task<Result<Location>> commit(const oci::Digest& digest) = 0;
    /// Takes a commit back that no row will ever name: the upload goes on as before it.
    virtual io::Task<Result<void>> undo_commit() = 0;
    /// The upload is over: drops its bytes, after commit() only its own hold of them.
    virtual io::Task<Result<void>> discard() = 0;
    /// The disk may have lost accepted bytes (a sync failed): nothing but discard() will succeed.
    virtual bool is_lost() const = 0;
};

class BlobStore : public StoreUpkeep {
  public:
    /// Opens an object a row names. Errc::corrupt when it is absent or its size is not
    /// `expected_size`.
    virtual io::Task<Result<OpenBlob>> open(const Location& location,
                                            std::uint64_t expected_size) = 0;
    /// The whole of a small object. Errors as open().
    virtual io::Task<Result<std::string>> read(const Location& location, std::uint64_t size) = 0;
    /// Starts an upload named `upload_id` (a UUID); `size_hint` preallocates when known.
    virtual io::Task<Result<std::unique_ptr<Upload>>> begin(
        std::string upload_id, oci::Algorithm algorithm,
        std::optional<std::uint64_t> size_hint) = 0;
    /// Takes up an upload left by an earlier process: re-reads its first `promised` bytes to
    /// rebuild the hash; nullopt: all that were written. Errc::upload_unknown when nothing is
    /// there.
    virtual io::Task<Result<std::unique_ptr<Upload>>> resume(
        std::string upload_id, oci::Algorithm algorithm, std::optional<std::uint64_t> promised) = 0;
    /// Drops the bytes of an upload by name; absent is success.
    virtual io::Task<Result<void>> abandon(std::string upload_id) = 0;
    /// Names of the uploads that have bytes here, whoever began them.
    virtual io::Task<Result<std::vector<std::string>>> list_uploads() = 0;
    /// Removes a committed object; absent is success.
    virtual io::Task<Result<void>> remove(const Location& location) = 0;
};

}  // namespace berth::blob
