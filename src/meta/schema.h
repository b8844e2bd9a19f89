// SPDX-License-Identifier: Apache-2.0
//
// The catalog's schema as a list of migrations, built into the binary from src/meta/schema/*.sql.
#pragma once

#include "db/migrate.h"

#include <span>

namespace berth::meta {

std::span<const db::Migration> migrations();

}  // namespace berth::meta
