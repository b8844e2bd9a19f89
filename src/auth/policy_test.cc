// SPDX-License-Identifier: Apache-2.0
#include "auth/policy.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

using oci::Action;

constexpr Action kReading[] = {Action::pull, Action::metadata_read, Action::catalog};
constexpr Action kWriting[] = {Action::push, Action::remove, Action::metadata_write};

oci::Scope scope_of(std::vector<Action> actions) {
    return {"repository", "hello-world", std::move(actions)};
}

oci::Principal admin() {
    oci::Principal principal;
    principal.kind = oci::Principal::Kind::admin;
    principal.name = "admin";
    return principal;
}

TEST(Policy, AdminMayDoEverythingInEveryMode) {
    for (const auto mode : {AnonymousAccess::none, AnonymousAccess::read, AnonymousAccess::write}) {
        const Policy policy(mode);
        EXPECT_TRUE(policy.allows(admin(), scope_of({})));
        for (const Action action : kReading) {
            EXPECT_TRUE(policy.allows(admin(), scope_of({action})));
        }
        for (const Action action : kWriting) {
            EXPECT_TRUE(policy.allows(admin(), scope_of({action})));
        }
    }
}

TEST(Policy, AnonymousByMode) {
    const oci::Principal anonymous;
    const Policy none(AnonymousAccess::none);
    const Policy read(AnonymousAccess::read);
    const Policy write(AnonymousAccess::write);
    for (const Action action : kReading) {
        EXPECT_FALSE(none.allows(anonymous, scope_of({action})));
        EXPECT_TRUE(read.allows(anonymous, scope_of({action})));
        EXPECT_TRUE(write.allows(anonymous, scope_of({action})));
    }
    for (const Action action : kWriting) {
        EXPECT_FALSE(none.allows(anonymous, scope_of({action})));
        EXPECT_FALSE(read.allows(anonymous, scope_of({action})));
        EXPECT_TRUE(write.allows(anonymous, scope_of({action})));
    }
}

TEST(Policy, EveryActionOfAScopeCounts) {
    const Policy read(AnonymousAccess::read);
    EXPECT_TRUE(read.allows({}, scope_of({Action::pull, Action::metadata_read})));
    EXPECT_FALSE(read.allows({}, scope_of({Action::pull, Action::push})));
    EXPECT_FALSE(read.allows({}, scope_of({Action::push, Action::pull})));
}

TEST(Policy, ScopeWithoutActionsNeedsAnyValidCaller) {
    EXPECT_FALSE(Policy(AnonymousAccess::none).allows({}, scope_of({})));
    EXPECT_TRUE(Policy(AnonymousAccess::read).allows({}, scope_of({})));
    EXPECT_TRUE(Policy(AnonymousAccess::write).allows({}, scope_of({})));
}

}  // namespace
}  // namespace berth::auth
