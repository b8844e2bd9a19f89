// SPDX-License-Identifier: Apache-2.0
#include "auth/policy.h"

#include <algorithm>

namespace berth::auth {
namespace {

bool is_reading(oci::Action action) {
    switch (action) {
        case oci::Action::pull:
        case oci::Action::metadata_read:
        case oci::Action::catalog:
            return true;
        case oci::Action::push:
        case oci::Action::remove:
        case oci::Action::metadata_write:
            return false;
    }
    return false;
}

}  // namespace

bool Policy::allows(const oci::Principal& principal, const oci::Scope& scope) const {
    if (principal.kind == oci::Principal::Kind::admin) {
        return true;
    }
    switch (anonymous_) {
        case AnonymousAccess::none:
            return false;
        case AnonymousAccess::read:
            return std::ranges::all_of(scope.actions, is_reading);
        case AnonymousAccess::write:
            return true;
    }
    return false;
}

}  // namespace berth::auth
