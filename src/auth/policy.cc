// SPDX-License-Identifier: Apache-2.0
#include "auth/policy.h"

#include <algorithm>
#include <array>

namespace berth::auth {
namespace {

using oci::Action;
using oci::Scope;

constexpr std::array kRepositoryActions{Action::pull, Action::push, Action::remove,
                                        Action::metadata_read, Action::metadata_write};

bool is_reading(const Scope& scope) {
    return std::ranges::all_of(scope.actions, [&scope](Action action) {
        switch (action) {
            case Action::pull:
            case Action::metadata_read:
                return true;
            case Action::catalog:
                return scope.type == oci::kRegistryType;
            case Action::push:
            case Action::remove:
            case Action::metadata_write:
                return false;
        }
        return false;
    });
}

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

}  // namespace

bool Policy::allows(const oci::Principal& principal, const Scope& scope) const {
    if (principal.grants) {
        const bool covered = std::ranges::all_of(scope.actions, [&](Action action) {
            return is_granted(*principal.grants, scope, action);
        });
        if (!covered) {
            return false;
        }
    }
    if (principal.kind == oci::Principal::Kind::admin) {
        return true;
    }
    switch (anonymous_) {
        case AnonymousAccess::none:
            return false;
        case AnonymousAccess::read:
            return is_reading(scope);
        case AnonymousAccess::write:
            return true;
    }
    return false;
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

}  // namespace berth::auth
