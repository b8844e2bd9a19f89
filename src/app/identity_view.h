// SPDX-License-Identifier: Apache-2.0
//
// Accounts and scope maps as commands print them: JSON objects, and text for people. Never a hash;
// a password only in the answer of the command that made it. Pure.
#pragma once

#include "base/clock.h"
#include "meta/accounts.h"
#include "meta/scope_maps.h"

#include <span>
#include <string>
#include <vector>

namespace berth::app {

/// A password that was just made, to be shown once.
struct FreshPassword {
    FreshPassword(int password_slot, std::string password)
        : slot(password_slot), value(std::move(password)) {}

    int slot;
    std::string value;
};

/// `admin`, `user` or `token`.
std::string kind_word(meta::AccountKind kind);

/// One line, without a newline. `rules`: what its scope maps say; nullptr leaves the member out.
std::string account_json(const meta::AccountRow& account, Timestamp now,
                         std::span<const FreshPassword> fresh = {},
                         const oci::Rules* rules = nullptr);
std::string account_text(const meta::AccountRow& account, Timestamp now, const oci::Rules& rules);
std::string accounts_text(std::span<const meta::AccountRow> accounts, Timestamp now);

std::string scope_map_json(const meta::ScopeMapRow& scope_map,
                           const std::vector<std::string>* accounts = nullptr);
std::string scope_map_text(const meta::ScopeMapRow& scope_map,
                           const std::vector<std::string>& accounts);
std::string scope_maps_text(std::span<const meta::ScopeMapRow> scope_maps);

/// `password 1: ...` and that they are not shown again; empty for none.
std::string fresh_passwords_text(std::span<const FreshPassword> fresh);

/// Columns of equal width, two spaces between them; the first row is the heading.
std::string table_text(std::span<const std::vector<std::string>> rows);

/// `[a,b]` and a newline.
std::string json_array(std::span<const std::string> items);

std::string joined(std::span<const std::string> words, const char* separator = ", ");

}  // namespace berth::app
