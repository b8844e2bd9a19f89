// SPDX-License-Identifier: Apache-2.0
//
// Bytes that come out of the catalog are hashed before anybody gets them: a page that rotted under
// SQLite is an error, never an answer (docs/verify.md "What a pull notices"). At most 16 KiB for a
// blob, 4 MiB for a manifest, and only when the answer is not in memory already. Pure.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "meta/blobs.h"
#include "oci/digest.h"

#include <string>
#include <string_view>

namespace berth::registry {

/// Errc::corrupt unless `digest` names `bytes`; `what` says in the log what they are.
Result<void> check_intact(const oci::Digest& digest, std::string_view bytes, std::string_view what);

/// The bytes of a blob whose row is in_catalog(). Errc::corrupt when they are not all there or not
/// what `digest` names.
Result<std::string> intact_blob_bytes(db::Session& session, const meta::BlobRow& row,
                                      const oci::Digest& digest);

}  // namespace berth::registry
