// SPDX-License-Identifier: Apache-2.0
//
// The lists of tags: names, and rows in each order, of one manifest or of all. One statement for
// each, because each walks another index.
#include "base/try.h"
#include "meta/columns.h"
#include "meta/removed_items.h"
#include "meta/tag_columns.h"
#include "meta/tags.h"

#include <optional>
#include <string>

namespace berth::meta {

namespace {

constexpr db::Sql kNames(
    "SELECT name FROM tags WHERE repository_id = $1 AND name > $2 AND list_enabled = 1"
    " ORDER BY name LIMIT $3");
constexpr db::Sql kAllNames(
    "SELECT name FROM tags WHERE repository_id = $1 AND name > $2 ORDER BY name LIMIT $3");

constexpr db::Sql kByName(BERTH_SELECT_TAGS
                          " WHERE tags.repository_id = $1 AND tags.name > $2"
                          " AND tags.list_enabled = 1 ORDER BY tags.name LIMIT $3");
constexpr db::Sql kByNameOfDigest(BERTH_SELECT_TAGS
                                  " WHERE tags.repository_id = $1 AND tags.digest = $4"
                                  " AND tags.name > $2 AND tags.list_enabled = 1"
                                  " ORDER BY tags.name LIMIT $3");
constexpr db::Sql kOldestFirst(BERTH_SELECT_TAGS
                               " WHERE tags.repository_id = $1 AND tags.list_enabled = 1"
                               " AND (tags.updated_at, tags.name) > ($4, $2)"
                               " ORDER BY tags.updated_at, tags.name LIMIT $3");
constexpr db::Sql kOldestFirstOfDigest(BERTH_SELECT_TAGS
                                       " WHERE tags.repository_id = $1 AND tags.digest = $5"
                                       " AND tags.list_enabled = 1"
                                       " AND (tags.updated_at, tags.name) > ($4, $2)"
                                       " ORDER BY tags.updated_at, tags.name LIMIT $3");
constexpr db::Sql kNewestFirst(BERTH_SELECT_TAGS
                               " WHERE tags.repository_id = $1 AND tags.list_enabled = 1"
                               " AND (tags.updated_at, tags.name) < ($4, $2)"
                               " ORDER BY tags.updated_at DESC, tags.name DESC LIMIT $3");
constexpr db::Sql kNewestFirstOfDigest(BERTH_SELECT_TAGS
                                       " WHERE tags.repository_id = $1 AND tags.digest = $5"
                                       " AND tags.list_enabled = 1"
                                       " AND (tags.updated_at, tags.name) < ($4, $2)"
                                       " ORDER BY tags.updated_at DESC, tags.name DESC LIMIT $3");
constexpr db::Sql kTime("SELECT updated_at FROM tags WHERE repository_id = $1 AND name = $2");

// The time behind which the page begins; nullopt when nobody remembers the item.
Result<std::optional<Timestamp>> time_of(db::Session& session, RepositoryId repository,
                                         const std::string& tag) {
    std::optional<Timestamp> time;
    BERTH_TRY_VOID(session.query(kTime, {repository, tag}, [&time](const db::Row& row) {
        time = Timestamp{row.integer(0)};
        return false;
    }));
    if (time) {
        return time;
    }
    return find_removed_item(session, repository, ItemKind::tag, tag);
}

Result<Page<TagRow>> list_by_name(db::Session& session, RepositoryId repository,
                                  const std::optional<oci::Digest>& digest,
                                  const PageRequest& page) {
    if (digest) {
        return query_page<TagRow>(session, kByNameOfDigest,
                                  {repository, page.last, rows_to_ask(page), digest->stored()},
                                  page, tag_columns);
    }
    return query_page<TagRow>(session, kByName, {repository, page.last, rows_to_ask(page)}, page,
                              tag_columns);
}

}  // namespace

Result<Page<std::string>> list_tags(db::Session& session, RepositoryId repository,
                                    const PageRequest& page) {
    return query_names(session, kNames, {repository, page.last, rows_to_ask(page)}, page);
}

Result<Page<std::string>> list_all_tags(db::Session& session, RepositoryId repository,
                                        const PageRequest& page) {
    return query_names(session, kAllNames, {repository, page.last, rows_to_ask(page)}, page);
}

Result<Page<TagRow>> list_tag_rows(db::Session& session, RepositoryId repository, Order order,
                                   const std::optional<oci::Digest>& digest,
                                   const PageRequest& page) {
    if (order == Order::by_name) {
        return list_by_name(session, repository, digest, page);
    }
    const bool oldest_first = order == Order::oldest_first;
    std::optional<Timestamp> after{start_of_time_order(order)};
    if (!page.last.empty()) {
        BERTH_TRY(after, time_of(session, repository, page.last));
    }
    if (!after) {
        return Page<TagRow>();
    }
    if (digest) {
        return query_page<TagRow>(
            session, oldest_first ? kOldestFirstOfDigest : kNewestFirstOfDigest,
            {repository, page.last, rows_to_ask(page), after->ticks, digest->stored()}, page,
            tag_columns);
    }
    return query_page<TagRow>(session, oldest_first ? kOldestFirst : kNewestFirst,
                              {repository, page.last, rows_to_ask(page), after->ticks}, page,
                              tag_columns);
}

}  // namespace berth::meta
