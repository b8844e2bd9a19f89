// SPDX-License-Identifier: Apache-2.0
//
// Where bytes rest. A BlobStore knows locations, not repositories: whether a caller may have a blob
// is decided above, by the link row. A location is a name that is never reused, so a removal can
// never hit a newer upload of the same digest (docs/disk_layout.md).
#pragma once

#include "base/bytes.h"
#include "base/error.h"
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

/// Names one physical object in its store, e.g. `sha256/ab/<hex>.<upload id>`. Opaque above blob/.
struct Location {
    Location() = default;

    explicit Location(std::string name) : text(std::move(name)) {}

    std::string text;
};

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

/// An object that lies in the store, whether or not a row names it.
struct StoredObject {
    StoredObject(Location where, oci::Digest content, std::string upload)
        : location(std::move(where)), digest(content), upload_id(std::move(upload)) {}

    Location location;
    oci::Digest digest;     // as its name says
    std::string upload_id;  // of the upload that brought it
};

/// One part of a list of all objects.
struct ObjectList {
    std::vector<StoredObject> objects;
    std::vector<std::string> strangers;  // what is there and no object, by its path in the store
};

class BlobStore {
  public:
    virtual ~BlobStore() = default;
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
    /// Takes up an upload left by an earlier process: re-reads its bytes to rebuild the hash.
    /// Errc::upload_unknown when nothing is there.
    virtual io::Task<Result<std::unique_ptr<Upload>>> resume(std::string upload_id,
                                                             oci::Algorithm algorithm) = 0;
    /// Drops the bytes of an upload by name; absent is success.
    virtual io::Task<Result<void>> abandon(std::string upload_id) = 0;
    /// Names of the uploads that have bytes here, whoever began them.
    virtual io::Task<Result<std::vector<std::string>>> list_uploads() = 0;
    /// Parts in which list_objects() tells what there is; always the same number.
    virtual std::size_t object_parts() const = 0;
    /// Every object of one part that was there all the time while this ran.
    virtual io::Task<Result<ObjectList>> list_objects(std::size_t part) = 0;
    /// Bytes that an object takes; 0 when it is absent.
    virtual io::Task<Result<std::uint64_t>> size_of(const Location& location) = 0;
    /// Removes a committed object; absent is success.
    virtual io::Task<Result<void>> remove(const Location& location) = 0;
    /// Puts an object that is damaged aside, where it is never looked at again; false when it is
    /// not here (any more).
    virtual io::Task<Result<bool>> quarantine(const Location& location) = 0;
    /// Keeps a copy of damaged bytes from elsewhere there, as `name`.
    virtual io::Task<Result<void>> keep_in_quarantine(std::string name, ByteView bytes) = 0;
};

}  // namespace berth::blob
