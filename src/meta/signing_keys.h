// SPDX-License-Identifier: Apache-2.0
//
// The keys that sign tokens, as bytes, and the registry's id. What the bytes mean is auth's matter.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

#include <optional>
#include <string>

namespace berth::meta {

struct SigningKeyRow {
    SigningKeyRow() = default;
    std::string kid;
    std::string private_key;
    /// 32 hex digits, the same for every key of a catalog.
    std::string registry_id;
};

/// The newest key; nullopt before the first one.
Result<std::optional<SigningKeyRow>> find_signing_key(db::Session& session);
/// Keeps `row` when there is no key yet. Answers the key that signs from now on: `row`, or the one
/// that was there.
Result<SigningKeyRow> ensure_signing_key(db::Session& session, const SigningKeyRow& row,
                                         Timestamp now);

}  // namespace berth::meta
