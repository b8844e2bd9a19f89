// SPDX-License-Identifier: Apache-2.0
//
// The repository as somebody who names it sees it; internal to registry/.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "meta/repositories.h"
#include "oci/names.h"

namespace berth::registry {

/// Errc::name_unknown with the text of acr-wire 3.2 when the repository has no manifest.
Result<meta::RepositoryRow> find_visible(db::Session& session, const oci::Repository& name);

}  // namespace berth::registry
