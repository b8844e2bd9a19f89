// SPDX-License-Identifier: Apache-2.0
//
// The grammar of a token request's scopes: `type:name:action,action`, several separated by blanks
// (acr-wire 4.3, 4.5). Pure; called by the token endpoints.
#pragma once

#include "oci/access.h"

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace berth::auth {

/// Scopes in one token request.
inline constexpr std::size_t kScopesMax = 64;

/// What `texts` ask for, as far as it is something this registry can grant: types, names and
/// actions it does not know are left out. nullopt when one has not the shape of a scope, or when
/// there are more than kScopesMax.
std::optional<std::vector<oci::Scope>> parse_scopes(const std::vector<std::string_view>& texts);

}  // namespace berth::auth
