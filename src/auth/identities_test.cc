// SPDX-License-Identifier: Apache-2.0
#include "auth/identities.h"

#include "auth/oidc/trust_rule.h"
#include "auth/testing/accounts_fixture.h"
#include "base/try.h"
#include "meta/access_generation.h"
#include "meta/issuers.h"

#include <gmock/gmock.h>

namespace berth::auth {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class IdentitiesTest : public AccountsFixture {
  protected:
    IdentitiesTest() {
        EXPECT_TRUE(add("admin", meta::AccountKind::admin));
        EXPECT_TRUE(add("maria", meta::AccountKind::user, {"_repositories_pull"}));
        EXPECT_TRUE(add("ci", meta::AccountKind::token));
    }

    /// The outcome of `work` in a transaction that is kept when it succeeds.
    template <class Fn>
    auto run(Fn work) {
        std::optional<std::invoke_result_t<Fn&, db::Session&>> outcome;
        EXPECT_TRUE(database_->write_now([&work, &outcome](db::Session& session) {
            outcome.emplace(work(session));
            return outcome->has_value();
        }));
        return *std::move(outcome);
    }

    /// Runs a change; it must raise the generation exactly when it succeeds.
    template <class Fn>
    Result<void> change(Fn work) {
        const std::int64_t before = generation();
        Result<void> outcome = run(work);
        EXPECT_EQ(generation() > before, outcome.has_value());
        return outcome;
    }

    template <class Fn>
    std::string refusal(Fn work, Errc expected) {
        const Result<void> outcome = change(work);
        if (outcome) {
            ADD_FAILURE() << "was not refused";
            return "";
        }
        EXPECT_EQ(outcome.error().code, expected) << outcome.error().log_detail;
        return outcome.error().log_detail;
    }

    Result<void> add(const std::string& name, meta::AccountKind kind,
                     std::vector<std::string> scope_maps = {}) {
        meta::AccountRow row;
        row.name = name;
        row.kind = kind;
        row.scope_maps = std::move(scope_maps);
        return change([&row](db::Session& session) { return add_account(session, row, now()); });
    }

    Result<void> add_map(const std::string& name, oci::Rules rules) {
        meta::ScopeMapRow row;
        row.name = name;
        row.rules = std::move(rules);
        return change([&row](db::Session& session) { return add_scope_map(session, row, now()); });
    }

    oci::Rules rules_of(const std::string& name) {
        return run([&name](db::Session& session) { return get_scope_map(session, name); })
            .value()
            .rules;
    }

    std::int64_t generation() {
        return run([](db::Session& session) { return meta::access_generation(session); }).value();
    }

    std::int64_t epoch(const std::string& name) { return find(name)->epoch; }
};

oci::ActionSet actions(std::initializer_list<oci::Action> list) {
    oci::ActionSet set;
    for (const oci::Action action : list) {
        set.add(action);
    }
    return set;
}

TEST(IdentityNames, Grammar) {
    for (const std::string& name :
         {std::string("a"), std::string("0"), std::string("team.app_ci-7"), std::string(64, 'x')}) {
        EXPECT_TRUE(check_identity_name(name)) << name;
    }
    for (const std::string& name :
         {std::string(), std::string(65, 'x'), std::string("-a"), std::string(".a"),
          std::string("_repositories_pull"), std::string("a b"), std::string("a:b"),
          std::string("a/b"), std::string("caf\xc3\xa9"), std::string("a\n"),
          std::string("00000000-0000-0000-0000-000000000000")}) {
        const Result<void> checked = check_identity_name(name);
        ASSERT_FALSE(checked) << name;
        EXPECT_EQ(checked.error().code, Errc::bad_request);
    }
}

TEST_F(IdentitiesTest, AFamilyKnowsItsOwn) {
    const auto names = [this](Family family) {
        std::vector<std::string> found;
        const auto rows =
            run([family](db::Session& session) { return accounts_of(session, family); });
        for (const meta::AccountRow& row : *rows) {
            found.push_back(row.name);
        }
        return found;
    };
    EXPECT_THAT(names(Family::users), ElementsAre("admin", "maria"));
    EXPECT_THAT(names(Family::tokens), ElementsAre("ci"));
    const auto show = [this](Family family, const std::string& name) {
        const auto found = run(
            [family, &name](db::Session& session) { return get_account(session, family, name); });
        return found ? found->name : found.error().log_detail;
    };
    EXPECT_EQ(show(Family::users, "maria"), "maria");
    EXPECT_EQ(show(Family::users, "ci"), "'ci' is a token: see berth token show ci");
    EXPECT_EQ(show(Family::tokens, "admin"), "'admin' is a user: see berth user show admin");
    EXPECT_EQ(show(Family::tokens, "x"), "there is no token 'x'");
}

TEST_F(IdentitiesTest, WhatIsNotAdded) {
    EXPECT_EQ(add("maria", meta::AccountKind::token).error().code, Errc::conflict);
    EXPECT_EQ(add("_x", meta::AccountKind::user).error().code, Errc::bad_request);
    EXPECT_EQ(add("x", meta::AccountKind::admin, {"_repositories_pull"}).error().code,
              Errc::bad_request);
    const Result<void> unknown = add("x", meta::AccountKind::user, {"nowhere"});
    EXPECT_EQ(unknown.error().code, Errc::name_unknown);
    EXPECT_THAT(unknown.error().log_detail, HasSubstr("'nowhere'"));
    EXPECT_EQ(add("x", meta::AccountKind::user, std::vector<std::string>(101, "_repositories_pull"))
                  .error()
                  .code,
              Errc::bad_request);
    EXPECT_FALSE(find("x"));
}

TEST_F(IdentitiesTest, ChangesKeepWhatIsAbsent) {
    const auto update = [this](const AccountChange& change_to) {
        return change([&change_to](db::Session& session) {
            return change_account(session, Family::users, "maria", change_to, now());
        });
    };
    AccountChange end;
    end.expires_at.emplace(Timestamp{77});
    ASSERT_TRUE(update(end));
    EXPECT_EQ(find("maria")->expires_at, Timestamp{77});
    EXPECT_THAT(find("maria")->scope_maps, ElementsAre("_repositories_pull"));

    AccountChange maps;
    maps.scope_maps = std::vector<std::string>{"_repositories_push"};
    ASSERT_TRUE(update(maps));
    EXPECT_EQ(find("maria")->expires_at, Timestamp{77});
    EXPECT_THAT(find("maria")->scope_maps, ElementsAre("_repositories_push"));

    AccountChange never;
    never.expires_at.emplace(std::nullopt);
    ASSERT_TRUE(update(never));
    EXPECT_FALSE(find("maria")->expires_at);

    maps.scope_maps = std::vector<std::string>{"nowhere"};
    EXPECT_EQ(update(maps).error().code, Errc::name_unknown);
    EXPECT_THAT(find("maria")->scope_maps, ElementsAre("_repositories_push"));
}

TEST_F(IdentitiesTest, DisablingEndsTokensForGood) {
    const auto enable = [this](bool enabled) {
        return change([enabled](db::Session& session) {
            return enable_account(session, Family::tokens, "ci", enabled, now());
        });
    };
    const std::int64_t before = epoch("ci");
    ASSERT_TRUE(enable(false));
    EXPECT_FALSE(find("ci")->enabled);
    const std::int64_t after = epoch("ci");
    EXPECT_NE(after, before);
    ASSERT_TRUE(enable(true));
    EXPECT_TRUE(find("ci")->enabled);
    EXPECT_EQ(epoch("ci"), after);
}

TEST_F(IdentitiesTest, SignOutChangesTheEpochOnly) {
    const std::int64_t before = epoch("ci");
    ASSERT_TRUE(
        change([](db::Session& session) { return sign_out(session, Family::tokens, "ci"); }));
    EXPECT_NE(epoch("ci"), before);
    EXPECT_TRUE(find("ci")->enabled);
    refusal([](db::Session& session) { return sign_out(session, Family::users, "ci"); },
            Errc::name_unknown);
}

TEST_F(IdentitiesTest, TwoPasswordSlots) {
    const auto put = [this](int slot, const std::optional<std::string>& hash) {
        return change([slot, &hash](db::Session& session) {
            std::optional<meta::PasswordRow> row;
            if (hash) {
                row.emplace();
                row->hash = *hash;
            }
            return change_password(session, Family::tokens, "ci", slot, row);
        });
    };
    ASSERT_TRUE(put(2, "second"));
    ASSERT_TRUE(put(1, "first"));
    ASSERT_TRUE(put(2, "third"));
    EXPECT_EQ(find("ci")->passwords[0]->hash, "first");
    EXPECT_EQ(find("ci")->passwords[1]->hash, "third");
    ASSERT_TRUE(put(1, std::nullopt));
    EXPECT_FALSE(find("ci")->passwords[0]);
    EXPECT_EQ(put(1, std::nullopt).error().code, Errc::name_unknown);
    EXPECT_EQ(put(3, "x").error().code, Errc::bad_request);
    EXPECT_EQ(put(0, std::nullopt).error().code, Errc::bad_request);
}

TEST_F(IdentitiesTest, AdminStays) {
    EXPECT_EQ(
        refusal(
            [](db::Session& session) { return remove_account(session, Family::users, "admin"); },
            Errc::denied),
        "the account admin stays; it can be disabled");
    ASSERT_TRUE(change([](db::Session& session) {
        return enable_account(session, Family::users, "admin", false, now());
    }));
    ASSERT_TRUE(change(
        [](db::Session& session) { return remove_account(session, Family::users, "maria"); }));
    EXPECT_FALSE(find("maria"));
    ASSERT_TRUE(add("second", meta::AccountKind::admin));
    EXPECT_TRUE(change(
        [](db::Session& session) { return remove_account(session, Family::users, "second"); }));
}

TEST_F(IdentitiesTest, ScopeMapsAreMadeOnceAndWellFormed) {
    using oci::Action;
    ASSERT_TRUE(add_map("team", {oci::Rule("team/*", actions({Action::pull}), ""),
                                 oci::Rule("team/*", actions({Action::push}), "")}));
    ASSERT_EQ(rules_of("team").size(), 1U);
    EXPECT_EQ(rules_of("team")[0].actions, actions({Action::pull, Action::push}));
    EXPECT_EQ(add_map("team", {}).error().code, Errc::conflict);
    EXPECT_EQ(add_map("_x", {}).error().code, Errc::bad_request);
    for (const char* pattern : {"", "Team", "a*b", "*a", "**", "a//b", "a /*"}) {
        EXPECT_EQ(add_map("x", {oci::Rule(pattern, actions({Action::pull}), "")}).error().code,
                  Errc::bad_request)
            << pattern;
    }
}

TEST_F(IdentitiesTest, RulesAreAddedToAndTakenFrom) {
    using oci::Action;
    ASSERT_TRUE(add_map("team", {oci::Rule("a", actions({Action::pull, Action::push}), ""),
                                 oci::Rule("b", actions({Action::pull}), "")}));
    const auto update = [this](const ScopeMapChange& change_to) {
        return change([&change_to](db::Session& session) {
            return change_scope_map(session, "team", change_to, now());
        });
    };
    ScopeMapChange first;
    first.removed = {oci::Rule("a", actions({Action::push}), ""), oci::Rule("b", {}, "")};
    first.added = {oci::Rule("a", actions({Action::remove}), ""),
                   oci::Rule("c", actions({Action::pull}), "")};
    ASSERT_TRUE(update(first));
    EXPECT_THAT(rules_of("team"),
                ElementsAre(oci::Rule("a", actions({Action::pull, Action::remove}), "team"),
                            oci::Rule("c", actions({Action::pull}), "team")));
    ScopeMapChange absent;
    absent.removed = {oci::Rule("b", {}, "")};
    EXPECT_EQ(update(absent).error().code, Errc::name_unknown);
    ScopeMapChange text;
    text.description = "what for";
    ASSERT_TRUE(update(text));
    EXPECT_EQ(rules_of("team").size(), 2U);
    text.description = std::string(kDescriptionBytesMax + 1, 'x');
    EXPECT_EQ(update(text).error().code, Errc::bad_request);
    EXPECT_EQ(refusal(
                  [](db::Session& session) {
                      return change_scope_map(session, "_repositories_pull", {}, now());
                  },
                  Errc::denied),
              "scope map '_repositories_pull' comes with the registry and stays");
}

TEST_F(IdentitiesTest, AUsedScopeMapGoesOnlyByForce) {
    ASSERT_TRUE(add_map("team", {}));
    ASSERT_TRUE(add("a", meta::AccountKind::user, {"team"}));
    ASSERT_TRUE(add("b", meta::AccountKind::token, {"team", "_repositories_pull"}));
    const auto remove = [](bool even_if_used) {
        return [even_if_used](db::Session& session) {
            return remove_scope_map(session, "team", even_if_used);
        };
    };
    EXPECT_EQ(refusal(remove(false), Errc::conflict),
              "'a' and 1 more would lose scope map 'team': use --force to take it from them");
    ASSERT_TRUE(change(remove(true)));
    EXPECT_THAT(find("b")->scope_maps, ElementsAre("_repositories_pull"));
    refusal(remove(true), Errc::name_unknown);
    refusal(
        [](db::Session& session) { return remove_scope_map(session, "_repositories_pull", true); },
        Errc::denied);
}

TEST_F(IdentitiesTest, AScopeMapOfAnIssuersRuleGoesOnlyByForce) {
    ASSERT_TRUE(add_map("team", {}));
    ASSERT_TRUE(change([](db::Session& session) -> Result<void> {
        meta::IssuerRow issuer;
        issuer.name = "ci";
        issuer.document = "{}";
        BERTH_TRY_VOID(meta::create_issuer(session, issuer, now()));
        TrustRule rule;
        rule.conditions.emplace_back("sub", "x");
        rule.scope_maps = {"team"};
        meta::TrustRuleRow row;
        row.issuer = "ci";
        row.name = "main";
        row.document = print(rule);
        return meta::create_trust_rule(session, row, now());
    }));
    EXPECT_EQ(refusal([](db::Session& session) { return remove_scope_map(session, "team", false); },
                      Errc::conflict),
              "rule 'main' of issuer 'ci' would lose scope map 'team': use --force to take it from "
              "them");
    EXPECT_TRUE(
        change([](db::Session& session) { return remove_scope_map(session, "team", true); }));
}

}  // namespace
}  // namespace berth::auth
