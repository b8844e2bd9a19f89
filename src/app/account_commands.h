// SPDX-License-Identifier: Apache-2.0
//
// What `berth user` and `berth token` have in common: all but how accounts are made.
#pragma once

#include "app/command.h"
#include "app/identity_view.h"
#include "app/management.h"
#include "auth/identities.h"
#include "base/error.h"

#include <optional>
#include <string>
#include <vector>

namespace berth::app {

inline constexpr const char* kExpiresFlag = "--expires";
inline constexpr const char* kScopeMapFlag = "--scope-map";

/// list, show, update, password, enable, disable, sign-out and delete.
std::vector<Command> shared_account_commands(auth::Family family);

Parameter scope_map_flag(std::string about);
Parameter expires_flag(std::string about);
/// nullopt when the flag is absent, or never.
Result<std::optional<Timestamp>> expiry_of(const Invocation& given, Timestamp now);

/// The account as it is now, with passwords that were just made.
Result<std::string> account_answer(Management& management, const Invocation& given,
                                   auth::Family family, const std::string& name,
                                   const std::string& text,
                                   const std::vector<FreshPassword>& fresh = {});

}  // namespace berth::app
