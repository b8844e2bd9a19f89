// SPDX-License-Identifier: Apache-2.0
//
// The documents of the metadata API, byte for byte: member order, what is left out and what is
// null (acr-wire 7-9). Each ends with a newline. `host` is the registry as the client names it,
// `repository` the repository's name. Pure; called by the handlers of acr_*.cc.
#pragma once

#include "registry/deleted_service.h"
#include "registry/lists.h"
#include "registry/metadata_service.h"

#include <string>
#include <string_view>
#include <vector>

namespace berth::api {

/// `["a","b"]`.
std::string json_array(const std::vector<std::string>& items);

/// acr-wire 7.1.
std::string repository_json(std::string_view host, std::string_view repository,
                            const registry::RepositoryRow& row);
/// acr-wire 7.3; no tags are null.
std::string removed_repository_json(const registry::RemovedRepository& removed);

/// acr-wire 8.2.
std::string tag_json(std::string_view host, std::string_view repository,
                     const registry::TagRow& row);
/// acr-wire 8.1; no tags are null.
std::string tags_json(std::string_view host, std::string_view repository,
                      const std::vector<registry::TagRow>& rows);

/// acr-wire 9.2.
std::string manifest_json(std::string_view host, std::string_view repository,
                          const registry::ManifestDetails& details);
/// acr-wire 9.1; no manifests are null (19.4).
std::string manifests_json(std::string_view host, std::string_view repository,
                           const std::vector<registry::ManifestRow>& rows);

/// Lists of what was deleted (docs/soft_delete.md); none is an empty list: the Azure command line
/// walks it without looking.
std::string deleted_manifests_json(std::string_view host, std::string_view repository,
                                   const std::vector<registry::DeletedManifestRow>& rows);
std::string deleted_tags_json(std::string_view host, std::string_view repository,
                              const std::vector<registry::DeletedTagRow>& rows);
/// What a restoration brought back.
std::string restored_json(std::string_view host, std::string_view repository,
                          const registry::Restored& restored);

}  // namespace berth::api
