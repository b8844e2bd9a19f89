// SPDX-License-Identifier: Apache-2.0
#include "registry/intact.h"

#include "base/try.h"
#include "oci/hasher.h"

#include <fmt/format.h>

namespace berth::registry {

Result<void> check_intact(const oci::Digest& digest, std::string_view bytes,
                          std::string_view what) {
    if (oci::digest_of(digest.algorithm(), as_bytes(bytes)) != digest) {
        return fail(Errc::corrupt,
                    fmt::format("the bytes of {} {} in the catalog are damaged: see berth verify",
                                what, digest.text()));
    }
    return {};
}

Result<std::string> intact_blob_bytes(db::Session& session, const meta::BlobRow& row,
                                      const oci::Digest& digest) {
    BERTH_TRY(std::string bytes, meta::blob_bytes(session, row));
    BERTH_TRY_VOID(check_intact(digest, bytes, "blob"));
    return bytes;
}

}  // namespace berth::registry
