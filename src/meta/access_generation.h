// SPDX-License-Identifier: Apache-2.0
//
// One number that every change of accounts, passwords, scope maps, issuers, their rules and signing
// keys raises in its own transaction. Who keeps something read from those tables compares it, in
// the same read, and so sees the change of another process with its next request.
#pragma once

#include "base/error.h"
#include "db/sql.h"

#include <cstdint>

namespace berth::meta {

Result<std::int64_t> access_generation(db::Session& session);
/// Answers the new number, which nothing had before: an epoch for what is made in this transaction.
Result<std::int64_t> raise_access_generation(db::Session& session);
/// New epochs for every account and every issuer: all tokens end.
Result<void> end_all_tokens(db::Session& session);

}  // namespace berth::meta
