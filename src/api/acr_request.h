// SPDX-License-Identifier: Apache-2.0
//
// What the handlers of the metadata API (acr_*.cc) have in common: the registry's name, the order
// of a list, the body of a PATCH, JSON answers and their Link.
#pragma once

#include "api/context.h"
#include "http/message.h"
#include "io/task.h"
#include "registry/lists.h"

#include <string>
#include <string_view>

namespace berth::api {

/// The `registry` member of every document: the host as the client names it. Errc::bad_request
/// when it named none, or one that is not shaped like a host.
Result<std::string> host_of(const Context& context);

/// `orderby` (acr-wire 8.1): timeasc, timedesc; whatever else is said means by name.
registry::Order order_of(const Context& context);

/// The whole body of a PATCH of attributes. Errc::attributes_too_large.
io::Task<Result<std::string>> read_attributes(Context& context);

http::Response json_response(int status, std::string text);

/// Link to the page after the item `last` (acr-wire 6, 8.1, 9.1). `filter` is the `digest`
/// parameter, left out when empty; `orderby` is repeated as it was sent.
void add_next_link(http::Response& response, const Context& context, std::string_view path,
                   std::string_view filter, const std::string& last, std::uint32_t limit);

}  // namespace berth::api
