// SPDX-License-Identifier: Apache-2.0
//
// Keyset pages: `limit` rows after `last` (exclusive, bytewise). Cost does not depend on the total.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace berth::meta {

struct PageRequest {
    PageRequest(std::uint32_t limit_rows, std::string after)
        : limit(limit_rows), last(std::move(after)) {}

    std::uint32_t limit;
    std::string last;  // empty: from the start
};

template <class T>
struct Page {
    std::vector<T> items;
    bool more = false;  // at least one row follows the last item
};

}  // namespace berth::meta
