// SPDX-License-Identifier: Apache-2.0
//
// Reading and binding the catalog's column conventions (schema/0001_initial.sql); internal to
// meta/.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/attributes.h"
#include "meta/paging.h"
#include "oci/digest.h"

#include <cstdint>
#include <initializer_list>
#include <limits>
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

/// NULL for what a change leaves as it is.
inline db::Value flag_or_null(const std::optional<bool>& flag) {
    if (!flag) {
        return std::monostate();
    }
    return std::int64_t{*flag ? 1 : 0};
}

/// Four columns from `first` on: delete_enabled, write_enabled, read_enabled, list_enabled.
inline Attributes attributes_columns(const db::Row& row, int first) {
    Attributes attributes;
    attributes.delete_enabled = row.integer(first) != 0;
    attributes.write_enabled = row.integer(first + 1) != 0;
    attributes.read_enabled = row.integer(first + 2) != 0;
    attributes.list_enabled = row.integer(first + 3) != 0;
    return attributes;
}

/// Errc::corrupt when the stored bytes are no digest.
inline Result<oci::Digest> digest_column(const db::Row& row, int column) {
    std::optional<oci::Digest> digest = oci::Digest::from_stored(row.bytes(column));
    if (!digest) {
        return fail(Errc::corrupt, "a digest column of the catalog holds no digest");
    }
    return *digest;
}

/// page.last of a list of digests; nullopt at the start of the list. Errc::pagination_invalid when
/// it is no digest.
inline Result<std::optional<oci::Digest>> last_digest(const PageRequest& page) {
    std::optional<oci::Digest> last;
    if (!page.last.empty()) {
        last = oci::Digest::parse(page.last);
        if (!last) {
            return fail(Errc::pagination_invalid, "`last` of a list of digests is no digest");
        }
    }
    return last;
}

/// Before everything in a time order.
inline Timestamp start_of_time_order(Order order) {
    using Ticks = std::numeric_limits<std::int64_t>;
    return Timestamp{order == Order::oldest_first ? Ticks::min() : Ticks::max()};
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

/// The names in column 0 as a page.
inline Result<Page<std::string>> query_names(db::Session& session, const db::Sql& sql,
                                             std::initializer_list<db::Value> parameters,
                                             const PageRequest& request) {
    Page<std::string> page;
    Result<void> ran = session.query(sql, parameters, [&page, &request](const db::Row& row) {
        return add_to_page(page, request, std::string(row.text(0)));
    });
    if (!ran) {
        return fail(std::move(ran).error());
    }
    return page;
}

/// What `read_row(row) -> Result<T>` makes of the rows, as a page; its first error ends the query.
template <class T, class ReadRow>
Result<Page<T>> query_page(db::Session& session, const db::Sql& sql,
                           std::initializer_list<db::Value> parameters, const PageRequest& request,
                           const ReadRow& read_row) {
    Result<Page<T>> page;
    Result<void> ran = session.query(sql, parameters, [&](const db::Row& row) {
        Result<T> item = read_row(row);
        if (!item) {
            page = fail(std::move(item).error());
            return false;
        }
        return add_to_page(*page, request, *std::move(item));
    });
    if (!ran) {
        return fail(std::move(ran).error());
    }
    return page;
}

}  // namespace berth::meta
