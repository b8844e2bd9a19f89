// SPDX-License-Identifier: Apache-2.0
#include "auth/policy.h"

#include <algorithm>
#include <array>
#include <optional>

namespace berth::auth {
namespace {

using oci::Action;
using oci::Scope;
using Kind = oci::Principal::Kind;

constexpr std::array kRepositoryActions{Action::pull, Action::push, Action::remove,
                                        Action::metadata_read, Action::metadata_write};
/// Patterns in one setting.
constexpr std::size_t kPatternsMax = 1000;

bool is_granted(const std::vector<Scope>& grants, const Scope& scope, Action action) {
    return std::ranges::any_of(grants, [&scope, action](const Scope& grant) {
        const bool named =
            grant.name == scope.name || (grant.name == "*" && grant.type == oci::kRepositoryType);
        return grant.type == scope.type && named &&
               std::ranges::any_of(grant.actions, [action](Action each) {
                   return each == action || each == Action::catalog;
               });
    });
}

bool is_withheld_by_token(const oci::Principal& principal, const Scope& scope) {
    return principal.grants && !std::ranges::all_of(scope.actions, [&](Action action) {
               return is_granted(*principal.grants, scope, action);
           });
}

bool covers(oci::ActionSet actions, Action action) {
    return action == Action::catalog ? actions == oci::ActionSet::all() : actions.has(action);
}

// Of a rule that alone suffices. `*` as the name of a scope is every repository, and only the
// pattern `*` is as much.
const oci::Rule* find_rule(const oci::Principal& principal, std::string_view repository,
                           Action action) {
    if (!principal.rules) {
        return nullptr;
    }
    const auto found = std::ranges::find_if(*principal.rules, [&](const oci::Rule& rule) {
        return oci::matches(rule.pattern, repository) && covers(rule.actions, action);
    });
    return found == principal.rules->end() ? nullptr : &*found;
}

bool is_reading(Action action) {
    return action == Action::pull || action == Action::metadata_read;
}

std::vector<std::string_view> readable_patterns(const oci::Principal& principal) {
    std::vector<std::string_view> patterns;
    if (principal.rules) {
        for (const oci::Rule& rule : *principal.rules) {
            if (rule.actions.has(Action::pull) || rule.actions.has(Action::metadata_read)) {
                patterns.emplace_back(rule.pattern);
            }
        }
    }
    return patterns;
}

std::string_view without_blanks(std::string_view text) {
    const std::size_t first = text.find_first_not_of(' ');
    if (first == std::string_view::npos) {
        return {};
    }
    return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

Result<std::vector<std::string>> parse_patterns(std::string_view text) {
    std::vector<std::string> patterns;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        const std::string_view pattern = without_blanks(text.substr(at, comma - at));
        if (!oci::is_name_pattern(pattern) || patterns.size() == kPatternsMax) {
            return fail(Errc::bad_request, "'" + std::string(pattern) +
                                               "' is neither a repository name nor the beginning "
                                               "of one and a *");
        }
        patterns.emplace_back(pattern);
        at = comma + 1;
    }
    return patterns;
}

// What a right rests on; nothing when there is none.
struct Policy::Ground {
    bool stands = false;
    bool is_admin = false;
    const oci::Rule* rule = nullptr;
    const std::string* anonymous = nullptr;
};

Policy::Ground Policy::ground(const oci::Principal& principal, const Scope& scope,
                              Action action) const {
    Ground ground;
    if (principal.kind == Kind::admin) {
        ground.is_admin = true;
        ground.stands = true;
    } else if (scope.type == oci::kRegistryType) {
        ground.stands = may_list_catalog(principal, scope.name);
    } else if (principal.kind == Kind::anonymous) {
        ground.anonymous = anonymous_pattern(scope.name, action);
        ground.stands = ground.anonymous != nullptr;
    } else {
        ground.rule = find_rule(principal, scope.name, action);
        ground.stands = ground.rule != nullptr;
    }
    return ground;
}

bool Policy::may_list_catalog(const oci::Principal& principal, std::string_view which) const {
    switch (principal.kind) {
        case Kind::admin:
        case Kind::user:
        case Kind::federated:
            return true;
        case Kind::token:
            return false;
        case Kind::anonymous:
            // What was deleted is not for everybody to see.
            return anonymous_.access == AnonymousAccess::write ||
                   (anonymous_.access == AnonymousAccess::read && which != oci::kDeletedCatalog);
    }
    return false;
}

const std::string* Policy::anonymous_pattern(std::string_view repository, Action action) const {
    const bool permitted = anonymous_.access == AnonymousAccess::write ||
                           (anonymous_.access == AnonymousAccess::read && is_reading(action));
    if (!permitted) {
        return nullptr;
    }
    const auto found = std::ranges::find_if(anonymous_.patterns, [&](const std::string& pattern) {
        return oci::matches(pattern, repository);
    });
    return found == anonymous_.patterns.end() ? nullptr : &*found;
}

bool Policy::allows(const oci::Principal& principal, const Scope& scope) const {
    if (is_withheld_by_token(principal, scope)) {
        return false;
    }
    if (scope.actions.empty()) {
        return principal.kind != Kind::anonymous || anonymous_.access != AnonymousAccess::none;
    }
    return std::ranges::all_of(
        scope.actions, [&](Action action) { return ground(principal, scope, action).stands; });
}

Decision Policy::decide(const oci::Principal& principal, const Scope& scope) const {
    Decision decision;
    decision.allowed = allows(principal, scope);
    if (!decision.allowed) {
        decision.reason = is_withheld_by_token(principal, scope) ? "access token" : "no rule";
        return decision;
    }
    decision.reason = oci::name_of(principal.kind);
    for (const Action action : scope.actions) {
        const Ground found = ground(principal, scope, action);
        if (found.rule != nullptr) {
            decision.reason = "scope map " + found.rule->origin + ": " + found.rule->pattern;
        } else if (found.anonymous != nullptr) {
            decision.reason = "anonymous: " + *found.anonymous;
        }
    }
    return decision;
}

std::vector<Scope> Policy::granted(const oci::Principal& principal,
                                   const std::vector<Scope>& wanted) const {
    std::vector<Scope> granted;
    for (const Scope& scope : wanted) {
        Scope part(scope.type, scope.name, {});
        const auto add = [&](Action action) {
            const Scope one(scope.type, scope.name, {action});
            const bool allowed = allows(principal, one);
            if (allowed && std::ranges::find(part.actions, action) == part.actions.end()) {
                part.actions.push_back(action);
            }
            return allowed;
        };
        for (const Action action : scope.actions) {
            if (!add(action) && action == Action::catalog && scope.type == oci::kRepositoryType) {
                std::ranges::for_each(kRepositoryActions, add);
            }
        }
        if (!part.actions.empty()) {
            granted.push_back(std::move(part));
        }
    }
    return granted;
}

oci::NameRanges Policy::visible(const oci::Principal& principal) const {
    std::vector<std::string_view> patterns;
    switch (principal.kind) {
        case Kind::admin:
            return oci::every_name();
        case Kind::anonymous:
            if (anonymous_.access != AnonymousAccess::none) {
                patterns.assign(anonymous_.patterns.begin(), anonymous_.patterns.end());
            }
            break;
        case Kind::user:
        case Kind::token:
        case Kind::federated:
            patterns = readable_patterns(principal);
            break;
    }
    return oci::ranges_of(patterns);
}

}  // namespace berth::auth
