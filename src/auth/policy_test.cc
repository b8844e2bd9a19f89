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
        const Policy policy{AnonymousRights(mode)};
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
    const Policy none{AnonymousRights(AnonymousAccess::none)};
    const Policy read{AnonymousRights(AnonymousAccess::read)};
    const Policy write{AnonymousRights(AnonymousAccess::write)};
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
    const Policy read{AnonymousRights(AnonymousAccess::read)};
    EXPECT_TRUE(read.allows({}, scope_of({Action::pull, Action::metadata_read})));
    EXPECT_FALSE(read.allows({}, scope_of({Action::pull, Action::push})));
    EXPECT_FALSE(read.allows({}, scope_of({Action::push, Action::pull})));
}

TEST(Policy, ScopeWithoutActionsNeedsAnyValidCaller) {
    EXPECT_FALSE(Policy(AnonymousRights(AnonymousAccess::none)).allows({}, scope_of({})));
    EXPECT_TRUE(Policy(AnonymousRights(AnonymousAccess::read)).allows({}, scope_of({})));
    EXPECT_TRUE(Policy(AnonymousRights(AnonymousAccess::write)).allows({}, scope_of({})));
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
    const Policy policy{AnonymousRights(AnonymousAccess::none)};
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
    const Policy policy{AnonymousRights(AnonymousAccess::none)};
    const auto principal = with_grants(kAdmin, {repository("*", {Action::catalog})});
    EXPECT_TRUE(policy.allows(principal, repository("a/b", {Action::metadata_write})));
    EXPECT_FALSE(policy.allows(principal, oci::Scope("registry", "catalog", {Action::catalog})));
}

TEST(Policy, AnAnonymousTokenIsNoMoreThanTheModeAllowsNow) {
    const auto principal = with_grants(kAnonymous, {repository("*", {Action::catalog})});
    EXPECT_FALSE(Policy(AnonymousRights(AnonymousAccess::none))
                     .allows(principal, repository("a", {Action::pull})));
    EXPECT_TRUE(Policy(AnonymousRights(AnonymousAccess::read))
                    .allows(principal, repository("a", {Action::pull})));
    EXPECT_FALSE(Policy(AnonymousRights(AnonymousAccess::read))
                     .allows(principal, repository("a", {Action::push})));
    EXPECT_TRUE(Policy(AnonymousRights(AnonymousAccess::write))
                    .allows(principal, repository("a", {Action::push})));
}

TEST(Policy, GrantedLeavesOutWhatIsMissing) {
    const std::vector<oci::Scope> wanted{
        repository("a", {Action::push, Action::pull}), repository("b", {Action::remove}),
        repository("*", {Action::catalog}), oci::Scope("registry", "catalog", {Action::catalog})};
    const std::vector<oci::Scope> readable{repository("a", {Action::pull}),
                                           repository("*", {Action::pull, Action::metadata_read}),
                                           oci::Scope("registry", "catalog", {Action::catalog})};
    const oci::Principal anonymous;
    EXPECT_EQ(Policy(AnonymousRights(AnonymousAccess::read)).granted(anonymous, wanted), readable);
    EXPECT_EQ(Policy(AnonymousRights(AnonymousAccess::write)).granted(anonymous, wanted), wanted);
    EXPECT_TRUE(Policy(AnonymousRights(AnonymousAccess::none)).granted(anonymous, wanted).empty());
    oci::Principal admin;
    admin.kind = kAdmin;
    EXPECT_EQ(Policy(AnonymousRights(AnonymousAccess::none)).granted(admin, wanted), wanted);
    const auto narrowed = with_grants(kAdmin, {repository("a", {Action::pull, Action::remove})});
    EXPECT_EQ(Policy(AnonymousRights(AnonymousAccess::none)).granted(narrowed, wanted),
              (std::vector<oci::Scope>{repository("a", {Action::pull})}));
    EXPECT_EQ(Policy(AnonymousRights(AnonymousAccess::none))
                  .granted(narrowed, {repository("a", {Action::catalog})}),
              (std::vector<oci::Scope>{repository("a", {Action::pull, Action::remove})}));
}

oci::Principal with_rules(oci::Principal::Kind kind, oci::Rules rules) {
    oci::Principal principal;
    principal.kind = kind;
    principal.name = "ci";
    principal.rules = std::make_shared<const oci::Rules>(std::move(rules));
    return principal;
}

oci::ActionSet actions_of(std::initializer_list<Action> actions) {
    oci::ActionSet set;
    for (const Action action : actions) {
        set.add(action);
    }
    return set;
}

const oci::Rules kTeamRules{
    oci::Rule("team/*", actions_of({Action::pull, Action::push}), "team"),
    oci::Rule("team/app", actions_of({Action::remove}), "cleaning"),
    oci::Rule("base", actions_of({Action::metadata_read}), "team"),
};

TEST(Policy, RulesAddUpAndNothingElseIsAllowed) {
    const Policy policy{AnonymousRights(AnonymousAccess::write)};
    const oci::Principal user = with_rules(oci::Principal::Kind::user, kTeamRules);
    EXPECT_TRUE(policy.allows(user, repository("team/app", {Action::pull, Action::push})));
    EXPECT_TRUE(policy.allows(user, repository("team/app", {Action::pull, Action::remove})));
    EXPECT_TRUE(policy.allows(user, repository("base", {Action::metadata_read})));
    EXPECT_TRUE(policy.allows(user, scope_of({})));
    EXPECT_FALSE(policy.allows(user, repository("team/other", {Action::remove})));
    EXPECT_FALSE(policy.allows(user, repository("team", {Action::pull})));
    EXPECT_FALSE(policy.allows(user, repository("base", {Action::pull})));
    EXPECT_FALSE(policy.allows(user, repository("other", {Action::pull})));
    EXPECT_FALSE(policy.allows(user, repository("*", {Action::pull})));
    EXPECT_FALSE(policy.allows(user, repository("team/*", {Action::catalog})));
}

TEST(Policy, NoRulesAreNoRights) {
    const Policy policy{AnonymousRights()};
    oci::Principal user;
    user.kind = oci::Principal::Kind::user;
    EXPECT_FALSE(policy.allows(user, repository("a", {Action::pull})));
    EXPECT_TRUE(policy.visible(user).empty());
}

TEST(Policy, TokensDoNotListTheCatalog) {
    const Policy policy{AnonymousRights()};
    const oci::Scope catalog = scope_of({Action::catalog});
    EXPECT_TRUE(policy.allows(with_rules(oci::Principal::Kind::user, {}), catalog));
    EXPECT_TRUE(policy.allows(with_rules(oci::Principal::Kind::federated, {}), catalog));
    const oci::Rules everything{oci::Rule("*", oci::ActionSet::all(), "all")};
    EXPECT_FALSE(policy.allows(with_rules(oci::Principal::Kind::token, everything), catalog));
}

TEST(Policy, AnAccessTokenNarrowsRulesAndRulesNarrowIt) {
    const Policy policy{AnonymousRights()};
    oci::Principal user = with_rules(oci::Principal::Kind::user, kTeamRules);
    user.grants = {repository("*", {Action::catalog})};
    EXPECT_TRUE(policy.allows(user, repository("team/a", {Action::pull})));
    EXPECT_FALSE(policy.allows(user, repository("other", {Action::pull})));
    user.grants = {repository("team/a", {Action::pull})};
    EXPECT_FALSE(policy.allows(user, repository("team/a", {Action::push})));
    EXPECT_FALSE(policy.allows(user, repository("team/b", {Action::pull})));
}

TEST(Policy, AnonymousByPattern) {
    AnonymousRights rights(AnonymousAccess::read);
    rights.patterns = {"public/*", "library"};
    const Policy policy{rights};
    EXPECT_TRUE(policy.allows({}, repository("public/a", {Action::pull, Action::metadata_read})));
    EXPECT_TRUE(policy.allows({}, repository("library", {Action::pull})));
    EXPECT_FALSE(policy.allows({}, repository("public/a", {Action::push})));
    EXPECT_FALSE(policy.allows({}, repository("secret", {Action::pull})));
    EXPECT_TRUE(policy.allows({}, scope_of({Action::catalog})));
    EXPECT_EQ(policy.visible({}), oci::ranges_of({"public/*", "library"}));
}

TEST(Policy, VisibleIsWhatMayBeRead) {
    const Policy policy{AnonymousRights()};
    EXPECT_EQ(policy.visible(admin()), oci::every_name());
    EXPECT_TRUE(policy.visible({}).empty());
    oci::Rules rules = kTeamRules;
    rules.emplace_back("blind/*", actions_of({Action::push}), "blind");
    EXPECT_EQ(policy.visible(with_rules(oci::Principal::Kind::user, rules)),
              oci::ranges_of({"team/*", "base"}));
}

TEST(Policy, StarIsGrantedAsWhatIsAllowed) {
    const Policy policy{AnonymousRights()};
    const oci::Principal user = with_rules(oci::Principal::Kind::token, kTeamRules);
    const auto granted = policy.granted(
        user, {repository("team/app", {Action::catalog}), repository("other", {Action::pull})});
    ASSERT_EQ(granted.size(), 1U);
    EXPECT_EQ(granted.front(),
              repository("team/app", {Action::pull, Action::push, Action::remove}));
}

TEST(Policy, DecisionsSayWhatTheyRestOn) {
    AnonymousRights rights(AnonymousAccess::read);
    rights.patterns = {"public/*"};
    const Policy policy{rights};
    oci::Principal user = with_rules(oci::Principal::Kind::user, kTeamRules);
    EXPECT_EQ(policy.decide(user, repository("team/app", {Action::remove})).reason,
              "scope map cleaning: team/app");
    EXPECT_EQ(policy.decide(user, repository("other", {Action::pull})).reason, "no rule");
    EXPECT_EQ(policy.decide(admin(), repository("other", {Action::pull})).reason, "admin");
    EXPECT_EQ(policy.decide({}, repository("public/a", {Action::pull})).reason,
              "anonymous: public/*");
    user.grants.emplace();
    const Decision refused = policy.decide(user, repository("team/app", {Action::pull}));
    EXPECT_FALSE(refused.allowed);
    EXPECT_EQ(refused.reason, "access token");
}

TEST(Patterns, AreReadFromASetting) {
    EXPECT_EQ(parse_patterns("*").value(), std::vector<std::string>{"*"});
    EXPECT_EQ(parse_patterns("public/*, library/alpine").value(),
              (std::vector<std::string>{"public/*", "library/alpine"}));
    for (const char* bad : {"", "a,", ",a", "Public/*", "a b", "a*b"}) {
        EXPECT_FALSE(parse_patterns(bad).has_value()) << bad;
    }
}

}  // namespace
}  // namespace berth::auth
