// SPDX-License-Identifier: Apache-2.0
#include "api/paging.h"

#include "base/encode.h"

#include <algorithm>
#include <charconv>

namespace berth::api {

Result<registry::PageRequest> page_of_query(const Context& context, ZeroPage zero) {
    std::uint64_t limit = context.limits.page_default;
    const std::string_view text = context.query.get("n").value_or("");
    if (!text.empty()) {
        const char* const last = text.data() + text.size();
        const auto [end, error] = std::from_chars(text.data(), last, limit);
        if (error == std::errc::result_out_of_range) {
            limit = context.limits.page_max;
        } else if (error != std::errc() || end != last ||
                   (limit == 0 && zero == ZeroPage::refused)) {
            return fail(Error(Errc::pagination_invalid)
                            .with_wire_detail("{\"n\":" + json_quote(text) + "}"));
        }
    }
    limit = std::min<std::uint64_t>(limit, context.limits.page_max);
    return registry::PageRequest(static_cast<std::uint32_t>(limit),
                                 std::string(context.query.get("last").value_or("")));
}

std::string next_link(std::string_view path,
                      const std::vector<std::pair<std::string_view, std::string>>& parameters) {
    std::string link = "<" + std::string(path);
    char separator = '?';
    for (const auto& [name, value] : parameters) {
        link += separator;
        link += name;
        link += '=';
        link += percent_encode(value);
        separator = '&';
    }
    return link + ">; rel=\"next\"";
}

}  // namespace berth::api
