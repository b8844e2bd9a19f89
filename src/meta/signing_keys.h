// SPDX-License-Identifier: Apache-2.0
//
// The keys that sign tokens, as bytes, and the registry's id. What the bytes mean is auth's matter.
// One key signs; the others are retired. Every change raises the access generation in the caller's
// transaction.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <optional>
#include <string>
#include <vector>

namespace berth::meta {

struct SigningKeyRow {
    SigningKeyRow() = default;
    std::string kid;
    std::string private_key;
    /// 32 hex digits, the same for every key of a catalog.
    std::string registry_id;
    Timestamp created_at;
    std::optional<Timestamp> retired_at;
};

/// The one that signs first, then the last retired first. Empty before the first one.
Result<std::vector<SigningKeyRow>> list_signing_keys(db::Session& session);
/// Keeps `row` when there is no key yet. Answers the key that signs from now on: `row`, or the one
/// that was there.
Result<SigningKeyRow> ensure_signing_key(db::Session& session, const SigningKeyRow& row,
                                         Timestamp now);
/// `row` signs from now on and the others are retired. Its registry id counts only when there was
/// no key before.
Result<void> rotate_signing_key(db::Session& session, const SigningKeyRow& row, Timestamp now);
/// Removes the keys that were retired at or before `last`; answers their kids.
Result<std::vector<std::string>> prune_signing_keys(db::Session& session, Timestamp last);

}  // namespace berth::meta
