// SPDX-License-Identifier: Apache-2.0
//
// `n` and `last` in, Link out (acr-wire 6, 19.1; OCI distribution-spec "Listing Tags").
#pragma once

#include "api/context.h"
#include "base/error.h"
#include "registry/lists.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::api {

/// What `n=0` means: an error (acr-wire 19.1) or, as OCI asks for tags, an empty page.
enum class ZeroPage : std::uint8_t { refused, empty };

/// `n` absent: the default page; above the maximum: clamped. Errc::pagination_invalid for anything
/// that is no count.
Result<registry::PageRequest> page_of_query(const Context& context, ZeroPage zero);

/// `</path?last=..&n=..&orderby=>; rel="next"`. `parameters` come in the order given, values are
/// escaped.
std::string next_link(std::string_view path,
                      const std::vector<std::pair<std::string_view, std::string>>& parameters);

}  // namespace berth::api
