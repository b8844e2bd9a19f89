// SPDX-License-Identifier: Apache-2.0
#include "registry/visible.h"

#include "base/try.h"

#include <fmt/format.h>

#include <optional>

namespace berth::registry {

Result<meta::RepositoryRow> find_visible(db::Session& session, const oci::Repository& name) {
    BERTH_TRY(const std::optional<meta::RepositoryRow> row, meta::find_repository(session, name));
    if (!row || !row->visible()) {
        return fail(Error(Errc::name_unknown)
                        .with_message(fmt::format("repository \"{}\" is not found", name.text())));
    }
    return *row;
}

}  // namespace berth::registry
