// SPDX-License-Identifier: Apache-2.0
#include "registry/removal.h"

#include "base/try.h"
#include "meta/manifests.h"

namespace berth::registry {

Result<void> remove_manifest_of(db::Session& session, const meta::RepositoryRow& home,
                                const oci::Repository& name, const oci::Digest& digest,
                                Timestamp now, const meta::Disposal& disposal) {
    BERTH_TRY_VOID(meta::remove_manifest(session, home.id, digest, now, disposal));
    if (home.attributes.read_enabled) {
        return {};
    }
    BERTH_TRY(const auto after, meta::find_repository(session, name));
    if (after && !after->visible()) {
        return meta::detach_repository(session, after->id, now);
    }
    return {};
}

}  // namespace berth::registry
