// SPDX-License-Identifier: Apache-2.0
//
// Keyset pages: `limit` rows after `last` (exclusive). Cost does not depend on the total.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace berth::meta {

/// `time` is the time of the last update; ties go by name.
enum class Order : std::uint8_t { by_name, oldest_first, newest_first };

/// In a time order `last` names an item as well, and the page goes on behind that item's time, even
/// when the item was removed in the last kRemovedItemsKept: a client that deletes as it pages
/// (acr purge) misses nothing and sees nothing twice. After an item nobody remembers the list ends.
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
