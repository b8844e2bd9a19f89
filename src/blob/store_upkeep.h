// SPDX-License-Identifier: Apache-2.0
//
// What garbage collection and verification ask of a store, beside requests: what lies in it, named
// by a row or not, and a place for what is damaged.
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "io/task.h"
#include "oci/digest.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace berth::blob {

/// Names one physical object in its store, e.g. `sha256/ab/<hex>.<upload id>`. Opaque above blob/.
struct Location {
    Location() = default;

    explicit Location(std::string name) : text(std::move(name)) {}

    std::string text;
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

class StoreUpkeep {
  public:
    virtual ~StoreUpkeep() = default;
    /// Parts in which list_objects() tells what there is; always the same number.
    virtual std::size_t object_parts() const = 0;
    /// Every object of one part that was there all the time while this ran.
    virtual io::Task<Result<ObjectList>> list_objects(std::size_t part) = 0;
    /// Bytes that an object takes; 0 when it is absent.
    virtual io::Task<Result<std::uint64_t>> size_of(const Location& location) = 0;
    /// Puts an object that is damaged aside, where it is never looked at again; false when it is
    /// not here (any more).
    virtual io::Task<Result<bool>> quarantine(const Location& location) = 0;
    /// Keeps a copy of damaged bytes from elsewhere there, as `name`.
    virtual io::Task<Result<void>> keep_in_quarantine(std::string name, ByteView bytes) = 0;
};

}  // namespace berth::blob
