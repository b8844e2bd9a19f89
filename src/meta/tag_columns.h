// SPDX-License-Identifier: Apache-2.0
//
// How a TagRow is read from the catalog; internal to meta/ (tags.cc, tag_lists.cc).
#pragma once

#include "base/try.h"
#include "db/sql.h"
#include "meta/columns.h"
#include "meta/tags.h"

#include <string>

// To be followed by WHERE. The outer join keeps the tags in front, whatever the planner thinks.
#define BERTH_SELECT_TAGS                                                                   \
    "SELECT tags.name, tags.digest, tags.created_at, tags.updated_at, tags.delete_enabled," \
    " tags.write_enabled, tags.read_enabled, tags.list_enabled, manifests.quarantine_state" \
    " FROM tags LEFT JOIN manifests ON manifests.repository_id = tags.repository_id"        \
    " AND manifests.digest = tags.digest AND manifests.quarantine_state IS NOT NULL"

namespace berth::meta {

/// A row of BERTH_SELECT_TAGS.
inline Result<TagRow> tag_columns(const db::Row& row) {
    BERTH_TRY(const oci::Digest digest, digest_column(row, 1));
    TagRow tag(std::string(row.text(0)), digest);
    tag.created = Timestamp{row.integer(2)};
    tag.updated = Timestamp{row.integer(3)};
    tag.attributes = attributes_columns(row, 4);
    tag.quarantine_state = row.text(8);
    return tag;
}

}  // namespace berth::meta
