// SPDX-License-Identifier: Apache-2.0
//
// Who may do what, as data: the vocabulary shared by the layers that decide (auth) and that ask
// (api). The names are ACR's (acr-wire 4.3).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::oci {

enum class Action : std::uint8_t { pull, push, remove, metadata_read, metadata_write, catalog };

/// The wire word: pull, push, delete, metadata_read, metadata_write, *.
std::string_view name_of(Action action);

/// One `Type`/`Name` with its actions, e.g. repository:hello-world:pull,push.
struct Scope {
    Scope() = default;

    Scope(std::string scope_type, std::string scope_name, std::vector<Action> scope_actions)
        : type(std::move(scope_type)),
          name(std::move(scope_name)),
          actions(std::move(scope_actions)) {}

    std::string type;  // "repository" or "registry"
    std::string name;
    std::vector<Action> actions;
};

/// Who is asking. Made by auth, carried through one request, never cached with content.
struct Principal {
    enum class Kind : std::uint8_t { anonymous, admin };
    Kind kind = Kind::anonymous;
    /// Account name; empty for anonymous. Owner of upload sessions.
    std::string name;
};

}  // namespace berth::oci
