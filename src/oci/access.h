// SPDX-License-Identifier: Apache-2.0
//
// Who may do what, as data: the vocabulary shared by the layers that decide (auth) and that ask
// (api). The names are ACR's (acr-wire 4.3).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::oci {

/// `catalog` is the word `*`: on registry:catalog the only action, on a repository all of them.
enum class Action : std::uint8_t { pull, push, remove, metadata_read, metadata_write, catalog };

/// The wire word: pull, push, delete, metadata_read, metadata_write, *.
std::string_view name_of(Action action);
/// The action of a wire word; nullopt for any other text.
std::optional<Action> parse_action(std::string_view word);

inline constexpr std::string_view kRepositoryType = "repository";
inline constexpr std::string_view kRegistryType = "registry";

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

    friend bool operator==(const Scope&, const Scope&) = default;
};

/// Who is asking. Made by auth, carried through one request, never cached with content.
struct Principal {
    enum class Kind : std::uint8_t { anonymous, admin };
    Kind kind = Kind::anonymous;
    /// Account name; empty for anonymous. Owner of upload sessions.
    std::string name;
    /// What the token that was presented says; the caller may do this much of what its kind may do.
    /// The name `*` stands for every repository. nullopt: no token narrows the caller.
    std::optional<std::vector<Scope>> grants;
    /// When that token ends, in seconds since 1970; there when grants are. What is issued on the
    /// strength of it ends no later.
    std::optional<std::int64_t> grants_end;
};

}  // namespace berth::oci
