// SPDX-License-Identifier: Apache-2.0
//
// All blob rows in the order of their ids, whatever their state, for those who compare them with
// the bytes they name, and the states that such a look ends in. Nothing here serves anybody.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "oci/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

/// blobs.state (schema/0001_initial.sql).
enum class BlobState : std::uint8_t { live = 0, condemned = 1, deleting = 2, damaged = 3 };

struct BlobRecord {
    /// Whether its bytes must be there: a condemned one may be revived as it is.
    bool must_be_there() const { return state == BlobState::live || state == BlobState::condemned; }

    bool in_catalog() const;

    std::int64_t id = 0;
    std::string digest_bytes;           // as stored
    std::optional<oci::Digest> digest;  // nullopt: the row's digest is none
    std::uint64_t size = 0;
    std::string location;
    BlobState state = BlobState::live;
    std::string bytes;  // of one that is in_catalog()
};

/// At most `limit` rows whose id is greater than `after`.
Result<std::vector<BlobRecord>> stored_blobs_after(db::Session& session, std::int64_t after,
                                                   std::uint32_t limit);
Result<std::optional<BlobRecord>> find_stored_blob(db::Session& session, std::int64_t id);
/// The location that `digest` has, whatever its state; nullopt without a row.
Result<std::optional<std::string>> find_location(db::Session& session, const oci::Digest& digest);
/// Whether some repository links it.
Result<bool> is_linked_anywhere(db::Session& session, std::int64_t id);

struct BlobTotals {
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
};

/// Of the rows whose bytes must be there.
Result<BlobTotals> total_of_blobs(db::Session& session);

/// From now on nobody finds it, and a push brings its bytes again. False when the row names another
/// location by now, or was not live or condemned.
Result<bool> mark_blob_damaged(db::Session& session, std::int64_t id, const std::string& location);
/// Its bytes were seen to be what they must be. False as above.
Result<bool> mark_blob_verified(db::Session& session, std::int64_t id, const std::string& location,
                                Timestamp now);

}  // namespace berth::meta
