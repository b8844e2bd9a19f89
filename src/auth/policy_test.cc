// SPDX-License-Identifier: Apache-2.0
#include "auth/policy.h"

#include <gtest/gtest.h>

namespace berth::auth {
namespace {

using oci::Action;

constexpr Action kReading[] = {Action::pull, Action::metadata_read, Action::catalog};
constexpr Action kWriting[] = {Action::push, Action::remove, Action::metadata_write};

oci::Scope scope_of(std::vector<Action> actions) {
    if (actions == std::vector{Action::catalog}) {
        return {"registry", "catalog", std::move(actions)};
    }
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

oci::Principal with_grants(oci::Principal::Kind kind, std::vector<oci::Scope> grants) {
    oci::Principal principal;
    principal.kind = kind;
    principal.grants = std::move(grants);
    return principal;
}

oci::Scope repository(std::string name, std::vector<Action> actions) {
    return {"repository", std::move(name), std::move(actions)};
}

constexpr auto kAdmin = oci::Principal::Kind::admin;
constexpr auto kAnonymous = oci::Principal::Kind::anonymous;

TEST(Policy, ATokenNarrowsItsAccount) {
    const Policy policy(AnonymousAccess::none);
    const auto principal =
        with_grants(kAdmin, {repository("a", {Action::pull}), repository("b", {Action::catalog})});
    EXPECT_TRUE(policy.allows(principal, repository("a", {Action::pull})));
    EXPECT_FALSE(policy.allows(principal, repository("a", {Action::pull, Action::push})));
    EXPECT_FALSE(policy.allows(principal, repository("c", {Action::pull})));
    EXPECT_TRUE(policy.allows(principal, repository("b", {Action::pull, Action::remove})));
    EXPECT_FALSE(policy.allows(principal, oci::Scope("registry", "catalog", {Action::catalog})));
    EXPECT_TRUE(policy.allows(principal, oci::Scope()));
    EXPECT_FALSE(policy.allows(with_grants(kAdmin, {}), repository("a", {Action::pull})));
}

TEST(Policy, TheNameStarIsEveryRepositoryAndNoRegistry) {
    const Policy policy(AnonymousAccess::none);
    const auto principal = with_grants(kAdmin, {repository("*", {Action::catalog})});
    EXPECT_TRUE(policy.allows(principal, repository("a/b", {Action::metadata_write})));
    EXPECT_FALSE(policy.allows(principal, oci::Scope("registry", "catalog", {Action::catalog})));
}

TEST(Policy, AnAnonymousTokenIsNoMoreThanTheModeAllowsNow) {
    const auto principal = with_grants(kAnonymous, {repository("*", {Action::catalog})});
    EXPECT_FALSE(Policy(AnonymousAccess::none).allows(principal, repository("a", {Action::pull})));
    EXPECT_TRUE(Policy(AnonymousAccess::read).allows(principal, repository("a", {Action::pull})));
    EXPECT_FALSE(Policy(AnonymousAccess::read).allows(principal, repository("a", {Action::push})));
    EXPECT_TRUE(Policy(AnonymousAccess::write).allows(principal, repository("a", {Action::push})));
}

TEST(Policy, GrantedLeavesOutWhatIsMissing) {
    const std::vector<oci::Scope> wanted{
        repository("a", {Action::push, Action::pull}), repository("b", {Action::remove}),
        repository("*", {Action::catalog}), oci::Scope("registry", "catalog", {Action::catalog})};
    const std::vector<oci::Scope> readable{repository("a", {Action::pull}),
                                           repository("*", {Action::pull, Action::metadata_read}),
                                           oci::Scope("registry", "catalog", {Action::catalog})};
    const oci::Principal anonymous;
    EXPECT_EQ(Policy(AnonymousAccess::read).granted(anonymous, wanted), readable);
    EXPECT_EQ(Policy(AnonymousAccess::write).granted(anonymous, wanted), wanted);
    EXPECT_TRUE(Policy(AnonymousAccess::none).granted(anonymous, wanted).empty());
    oci::Principal admin;
    admin.kind = kAdmin;
    EXPECT_EQ(Policy(AnonymousAccess::none).granted(admin, wanted), wanted);
    const auto narrowed = with_grants(kAdmin, {repository("a", {Action::pull, Action::remove})});
    EXPECT_EQ(Policy(AnonymousAccess::none).granted(narrowed, wanted),
              (std::vector<oci::Scope>{repository("a", {Action::pull})}));
    EXPECT_EQ(Policy(AnonymousAccess::none).granted(narrowed, {repository("a", {Action::catalog})}),
              (std::vector<oci::Scope>{repository("a", {Action::pull, Action::remove})}));
}

}  // namespace
}  // namespace berth::auth
