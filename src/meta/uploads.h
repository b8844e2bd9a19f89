// SPDX-License-Identifier: Apache-2.0
//
// Upload sessions. The row says to which repository and principal a session belongs. It may hold
// the first bytes of a session, and is then the truth about it; otherwise the offset lives in the
// store's file (the row follows the file, never leads it).
#pragma once

#include "base/bytes.h"
#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "oci/digest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

struct UploadRow {
    UploadRow() = default;
    std::string id;
    std::string repository;
    std::string owner;  // principal's account name; empty for anonymous
    oci::Algorithm algorithm = oci::Algorithm::sha256;
    Timestamp started_at;
    std::string bytes;  // empty: the store's file has them, or there are none
    /// Bytes of the file that may have been promised; nullopt: a session of an earlier schema.
    std::optional<std::uint64_t> synced;
};

Result<void> insert_upload(db::Session& session, const UploadRow& upload);
Result<std::optional<UploadRow>> find_upload(db::Session& session, const std::string& id);
/// False when it was gone already.
Result<bool> remove_upload(db::Session& session, const std::string& id);
/// What the session holds from now on, as long as it needs no file; empty: ask the store.
/// Errc::upload_unknown when the session is gone.
Result<void> keep_upload_bytes(db::Session& session, const std::string& id, ByteView bytes);
/// The store has so many bytes of the session for good; those of the row go. Errors as above.
Result<void> keep_upload_offset(db::Session& session, const std::string& id, std::uint64_t synced);
/// Moves the expiry clock.
Result<void> touch_upload(db::Session& session, const std::string& id, Timestamp now);
/// How many sessions `owner` has, counted up to `most`. Reads every session: for now and then.
Result<std::uint32_t> count_uploads(db::Session& session, const std::string& owner,
                                    std::uint32_t most);
/// Sessions not touched since `before`, oldest first.
Result<std::vector<std::string>> expired_uploads(db::Session& session, Timestamp before,
                                                 std::uint32_t limit);

}  // namespace berth::meta
