// SPDX-License-Identifier: Apache-2.0
//
// `n` and `last` in, Link out (acr-wire 6, 19.1; OCI distribution-spec "Listing Tags").
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/context.h"
#include "base/error.h"
#include "meta/paging.h"

namespace berth::api {

/// `n` absent: the default page; above the maximum: clamped; 0: an empty page (OCI). Errc::
/// pagination_invalid for anything that is no number.
Result<meta::PageRequest> page_of_query(const Context& context);

/// `</path?last=..&n=..&orderby=>; rel="next"`. `parameters` come in the order given, values are escaped.
std::string next_link(std::string_view path,
                      const std::vector<std::pair<std::string_view, std::string>>& parameters);

}  // namespace berth::api
