// SPDX-License-Identifier: Apache-2.0
//
// Upload sessions. The row says to which repository and principal a session belongs; the offset
// lives in the store's file (the row follows the file, never leads it).
#pragma once

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
};

Result<void> insert_upload(db::Session& session, const UploadRow& upload);
Result<std::optional<UploadRow>> find_upload(db::Session& session, const std::string& id);
/// False when it was gone already.
Result<bool> remove_upload(db::Session& session, const std::string& id);
/// Moves the expiry clock.
Result<void> touch_upload(db::Session& session, const std::string& id, Timestamp now);
/// Sessions not touched since `before`, oldest first.
Result<std::vector<std::string>> expired_uploads(db::Session& session, Timestamp before,
                                                 std::uint32_t limit);

}  // namespace berth::meta
