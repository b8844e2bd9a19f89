// SPDX-License-Identifier: Apache-2.0
//
// What a result code of SQLite is in Berth's errors; internal to db/.
#pragma once

#include "base/error.h"

namespace berth::db {

/// `code`: a result code, plain or extended. `system_error`: the errno behind it, or 0.
Errc sqlite_errc(int code, int system_error);

}  // namespace berth::db
