// SPDX-License-Identifier: Apache-2.0
//
// Who may do what, as data: the vocabulary shared by the layers that decide (auth) and that ask
// (api). The names are ACR's (acr-wire 4.3).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::oci {

/// `catalog` is the word `*`: on registry:catalog the only action, on a repository all of them.
/// The last two are about what was deleted (docs/soft_delete.md); no rule grants them by
/// themselves: see ActionSet::has().
enum class Action : std::uint8_t {
    pull,
    push,
    remove,
    metadata_read,
    metadata_write,
    catalog,
    deleted_read,
    deleted_restore,
};

/// The wire word: pull, push, delete, metadata_read, metadata_write, *, deleted_read,
/// deleted_restore.
std::string_view name_of(Action action);
/// The action of a wire word; nullopt for any other text.
std::optional<Action> parse_action(std::string_view word);

inline constexpr std::string_view kRepositoryType = "repository";
inline constexpr std::string_view kRegistryType = "registry";
/// Names of a registry scope.
inline constexpr std::string_view kCatalog = "catalog";
inline constexpr std::string_view kDeletedCatalog = "deleted_catalog";

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

/// A set of the actions on a repository; `*` is no member of it, nor are those that follow from
/// others.
class ActionSet {
  public:
    constexpr ActionSet() = default;

    /// All five.
    static constexpr ActionSet all() { return ActionSet(kAll); }

    /// The reverse of bits(); unknown bits are dropped.
    static constexpr ActionSet of_bits(std::uint8_t bits) { return ActionSet(bits & kAll); }

    /// 1 pull, 2 push, 4 remove, 8 metadata_read, 16 metadata_write: how the catalog keeps it.
    constexpr std::uint8_t bits() const { return bits_; }

    constexpr void add(Action action) { bits_ |= bit(action); }

    constexpr void add(ActionSet other) { bits_ |= other.bits_; }

    constexpr void drop(ActionSet other) { bits_ &= static_cast<std::uint8_t>(~other.bits_); }

    /// Who may read the metadata may see what was deleted; who may push and delete may restore it.
    constexpr bool has(Action action) const {
        if (action == Action::deleted_read) {
            return has(Action::metadata_read);
        }
        if (action == Action::deleted_restore) {
            return has(Action::push) && has(Action::remove);
        }
        return (bits_ & bit(action)) != 0;
    }

    constexpr bool empty() const { return bits_ == 0; }

    friend bool operator==(ActionSet, ActionSet) = default;

  private:
    static constexpr std::uint8_t kAll = 31;

    explicit constexpr ActionSet(unsigned bits) : bits_(static_cast<std::uint8_t>(bits)) {}

    static constexpr std::uint8_t bit(Action action) {
        return action >= Action::catalog
                   ? std::uint8_t{0}
                   : static_cast<std::uint8_t>(1U << static_cast<unsigned>(action));
    }

    std::uint8_t bits_ = 0;
};

/// What may be done in the repositories that a pattern names (acr-wire 4.10).
struct Rule {
    Rule() = default;

    Rule(std::string rule_pattern, ActionSet rule_actions, std::string rule_origin)
        : pattern(std::move(rule_pattern)), actions(rule_actions), origin(std::move(rule_origin)) {}

    std::string pattern;
    ActionSet actions;
    std::string origin;  // name of the scope map that says so, for the audit log

    friend bool operator==(const Rule&, const Rule&) = default;
};

using Rules = std::vector<Rule>;

/// A repository name, or the beginning of one and a final `*`, or `*`.
bool is_name_pattern(std::string_view pattern);
/// `team/*` matches what begins with `team/`, and so not `team`.
bool matches(std::string_view pattern, std::string_view repository);

/// What a token of another issuer was taken for, and what this hangs on: an issuer, a rule or a
/// block that changes has another epoch, and tokens issued before end with it.
struct Trust {
    struct Match {
        std::string rule;
        std::int64_t epoch = 0;

        friend bool operator==(const Match&, const Match&) = default;
    };

    std::string issuer;
    std::string subject;
    std::int64_t issuer_epoch = 0;
    std::vector<Match> matches;

    friend bool operator==(const Trust&, const Trust&) = default;
};

/// How a caller showed who it is.
enum class SignIn : std::uint8_t {
    none,
    password,
    local_account,
    access_token,
    refresh_token,
    issuer_token,
};

/// `none`, `password`, `local_account`, ...: for the audit log.
std::string_view name_of(SignIn sign_in);

/// Who is asking. Made by auth, carried through one request, never cached with content.
struct Principal {
    enum class Kind : std::uint8_t {
        anonymous,
        admin,      // may do everything
        user,       // what its rules say; sees its part of the catalog
        token,      // what its rules say; no catalog (acr-wire 4.10)
        federated,  // as user; known to another issuer
    };

    Kind kind = Kind::anonymous;
    /// Account name, or ISSUER:SUBJECT, which no account has; empty for anonymous. Owner of upload
    /// sessions.
    std::string name;
    SignIn sign_in = SignIn::none;
    /// Of a user, token or federated caller: what it may do. nullptr is nothing.
    std::shared_ptr<const Rules> rules;
    /// What the tokens of this account carry.
    std::int64_t epoch = 0;
    /// Of a federated caller.
    std::shared_ptr<const Trust> trust;
    /// What the token that was presented says; the caller may do this much of what its kind may do.
    /// The name `*` stands for every repository. nullopt: no token narrows the caller.
    std::optional<std::vector<Scope>> grants;
    /// When that token ends, in seconds since 1970; there when grants are. What is issued on the
    /// strength of it ends no later.
    std::optional<std::int64_t> grants_end;
};

/// `anonymous`, `admin`, ...: for the audit log.
std::string_view name_of(Principal::Kind kind);

}  // namespace berth::oci
