// SPDX-License-Identifier: Apache-2.0
//
// Reading and binding the catalog's column conventions (schema/0001_initial.sql); internal to
// meta/.
#pragma once

#include "base/error.h"
#include "db/sql.h"
#include "meta/paging.h"
#include "oci/digest.h"

#include <optional>
#include <string>
#include <string_view>

namespace berth::meta {

/// NULL for an empty text.
inline db::Value text_or_null(std::string_view text) {
    if (text.empty()) {
        return std::monostate();
    }
    return text;
}

/// Errc::corrupt when the stored bytes are no digest.
inline Result<oci::Digest> digest_column(const db::Row& row, int column) {
    std::optional<oci::Digest> digest = oci::Digest::from_stored(row.bytes(column));
    if (!digest) {
        return fail(Errc::corrupt, "a digest column of the catalog holds no digest");
    }
    return *digest;
}

/// Rows to ask for: one more than the page, to know whether any follow.
inline std::int64_t rows_to_ask(const PageRequest& page) {
    return static_cast<std::int64_t>(page.limit) + 1;
}

/// Appends `item`, or notes that there are more than the page holds and answers false.
template <class T>
bool add_to_page(Page<T>& page, const PageRequest& request, T item) {
    if (page.items.size() >= request.limit) {
        page.more = true;
        return false;
    }
    page.items.push_back(std::move(item));
    return true;
}

}  // namespace berth::meta
