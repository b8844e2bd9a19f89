// SPDX-License-Identifier: Apache-2.0
//
// The body of a PATCH of attributes (acr-wire 7.2, 8.3, 9.3): a JSON object with any subset of the
// members a level knows. What is absent or null keeps its value, members nobody knows are ignored.
// Pure; called by the handlers of acr_*.cc.
//
// All answer Errc::bad_request with a text for the client (docs/compatibility.md) for what is no
// JSON object, names a member twice, or gives a member a value of another type.
#pragma once

#include "base/error.h"
#include "oci/names.h"
#include "registry/metadata_service.h"

#include <optional>
#include <string_view>

namespace berth::api {

/// The four flags and teleportEnabled.
Result<registry::RepositoryChange> parse_repository_change(std::string_view body);
/// The four flags.
Result<registry::AttributesChange> parse_tag_change(std::string_view body);
/// The four flags, quarantineState (at most 64 bytes) and quarantineDetails.
Result<registry::ManifestChange> parse_manifest_change(std::string_view body);

/// `{"tag":"T"}` of a restoration; nullopt for an empty body or no tag. Errc::bad_request as above,
/// tag_invalid.
Result<std::optional<oci::Tag>> parse_restored_tag(std::string_view body);

}  // namespace berth::api
