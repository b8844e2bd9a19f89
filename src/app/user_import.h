// SPDX-License-Identifier: Apache-2.0
//
// `berth user import`: users from a file of htpasswd, all of them or none.
#pragma once

#include "app/command.h"
#include "base/error.h"

#include <string>

namespace berth::app {

/// Errc::conflict when a line cannot be taken, each named in log_detail, unless --skip-bad.
Result<std::string> import_users(const Invocation& given);

}  // namespace berth::app
