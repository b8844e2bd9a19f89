// SPDX-License-Identifier: Apache-2.0
//
// Whether the catalog can be read and written, found out by doing it. The write is one row that
// nobody reads, which changes every time.
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "db/sql.h"

namespace berth::meta {

Result<void> probe_read(db::Session& session);
Result<void> probe_write(db::Session& session, Timestamp now);

}  // namespace berth::meta
