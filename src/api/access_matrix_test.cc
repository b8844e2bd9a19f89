// SPDX-License-Identifier: Apache-2.0
//
// Every route of the table with every kind of credentials. What is expected follows from what the
// route needs, so a new route is tested without being named here; one that needs nothing has to be
// named.
#include "api/routes.h"
#include "api/testing/api_fixture.h"
#include "auth/jwt.h"
#include "auth/signing_key.h"
#include "base/encode.h"
#include "meta/scope_maps.h"

#include <gmock/gmock.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <set>

namespace berth::api {
namespace {

using http::Method;
using oci::Action;
using testing::HasSubstr;
using Scopes = std::vector<oci::Scope>;

constexpr const char* kName = "team/app";
constexpr const char* kAudience = "registry.test";
constexpr std::array kActions{Action::pull, Action::push, Action::remove, Action::metadata_read,
                              Action::metadata_write};
const std::string kDigest =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

// What the caller needs on the repository; empty for routes that need something else.
oci::ActionSet needed_by(const Route& route) {
    oci::ActionSet needed;
    switch (route.needs) {
        case Needs::any_account:
        case Needs::catalog:
        case Needs::deleted_catalog:
        case Needs::nothing:
            break;
        case Needs::deleted_restore:
            needed.add(Action::push);
            needed.add(Action::remove);
            [[fallthrough]];
        case Needs::deleted_read:
            needed.add(Action::metadata_read);
            break;
        case Needs::pull:
            needed.add(Action::pull);
            break;
        case Needs::push:
        case Needs::push_mount:
            needed.add(Action::pull);
            needed.add(Action::push);
            break;
        case Needs::remove:
            needed.add(Action::remove);
            break;
        case Needs::metadata_read:
            needed.add(Action::metadata_read);
            break;
        case Needs::metadata_write:
            needed.add(Action::metadata_write);
            break;
    }
    return needed;
}

bool lists_repositories(const Route& route) {
    return route.needs == Needs::catalog || route.needs == Needs::deleted_catalog;
}

// A token has to name the right itself; to an account it comes with others.
bool is_about_deleted(const Route& route) {
    return route.needs == Needs::deleted_read || route.needs == Needs::deleted_restore;
}

bool covers(oci::ActionSet held, oci::ActionSet needed) {
    needed.drop(held);
    return needed.empty();
}

oci::ActionSet only(Action action) {
    oci::ActionSet set;
    set.add(action);
    return set;
}

// Without HEAD, which finds the GET route.
std::vector<const Route*> guarded_routes() {
    std::vector<const Route*> guarded;
    for (const Route& route : routes()) {
        if (route.needs != Needs::nothing) {
            guarded.push_back(&route);
        }
    }
    return guarded;
}

std::string target_of(const Route& route) {
    std::string target(route.pattern);
    const auto fill = [&target](std::string_view placeholder, const std::string& text) {
        const std::size_t at = target.find(placeholder);
        if (at != std::string::npos) {
            target.replace(at, placeholder.size(), text);
        }
    };
    fill("{name}", kName);
    fill("{reference}", "v1");
    fill("{tag}", "v1");
    fill("{digest}", kDigest);
    fill("{uuid}", "365e3b5b-844e-4a21-8a38-4d8aebddd6a0");
    EXPECT_EQ(target.find('{'), std::string::npos) << target;
    return target;
}

class AccessMatrix : public ApiFixture {
  protected:
    explicit AccessMatrix(auth::AnonymousAccess anonymous = auth::AnonymousAccess::none)
        : ApiFixture(anonymous) {
        add_alice();
        alice_.kind = oci::Principal::Kind::admin;
        alice_.name = "alice";
        alice_.epoch = io::run_task(accounts_.find("alice")).value()->account.epoch;
    }

    http::Response ask_as(const Route& route, const std::string& authorization) {
        Ask request(route.method, target_of(route));
        if (!authorization.empty()) {
            request.with("Authorization", authorization);
        }
        return ask(request);
    }

    // Past the gate: whatever the handler then says of a repository that is not there.
    void expect_let_in(const Route& route, const std::string& authorization) {
        const http::Response response = ask_as(route, authorization);
        EXPECT_TRUE(response.status != 401 && response.status != 403 && response.status != 429 &&
                    response.status < 500)
            << route.operation << ": " << response.status;
    }

    void expect_refused(const Route& route, const std::string& authorization,
                        const std::string& error) {
        const http::Response response = ask_as(route, authorization);
        EXPECT_EQ(response.status, 401) << route.operation;
        const std::string challenge = header_of(response, "Www-Authenticate");
        EXPECT_THAT(challenge, HasSubstr(R"(Bearer realm="http://registry.test/oauth2/token")"))
            << route.operation;
        const std::size_t at = challenge.find(",error=");
        EXPECT_EQ(at == std::string::npos ? "" : challenge.substr(at + 7),
                  error.empty() ? "" : "\"" + error + "\"")
            << route.operation;
    }

    void expect(bool let_in, const Route& route, const std::string& authorization,
                const std::string& error = "insufficient_scope") {
        if (let_in) {
            expect_let_in(route, authorization);
        } else {
            expect_refused(route, authorization, error);
        }
    }

    static auth::Seconds current() { return now().ticks / kTicksPerSecond; }

    std::string token_for(Scopes scopes, std::string_view audience = kAudience,
                          auth::Seconds issued = current()) {
        return io::run_task(token_issuer_.issue_access(alice_, audience, std::move(scopes), issued))
            .value();
    }

    // One that opens everything.
    std::string full_token(std::string_view audience = kAudience,
                           auth::Seconds issued = current()) {
        return token_for({oci::Scope("repository", "*", {Action::catalog}),
                          oci::Scope("registry", "catalog", {Action::catalog}),
                          oci::Scope("registry", "deleted_catalog", {Action::catalog})},
                         audience, issued);
    }

    std::string add_scoped(const std::string& name, meta::AccountKind kind,
                           const std::string& pattern, oci::ActionSet actions) {
        meta::ScopeMapRow map;
        map.name = name + "-map";
        map.rules.emplace_back(pattern, actions, map.name);
        meta::AccountRow row;
        row.name = name;
        row.kind = kind;
        row.scope_maps = {map.name};
        row.passwords.front().emplace().hash = hash_;
        const db::TransactionalWork work = [&](db::Session& session) {
            return meta::put_scope_map(session, map, now()) &&
                   meta::create_account(session, row, now());
        };
        EXPECT_TRUE(database_->write_now(work));
        return "Basic " + base64_encode(as_bytes(name + ":open"));
    }

    oci::Principal alice_;
    const std::string hash_ = auth::hash_password("open").value();
};

class ReadableMatrix : public AccessMatrix {
  protected:
    ReadableMatrix() : AccessMatrix(auth::AnonymousAccess::read) {}
};

class WritableMatrix : public AccessMatrix {
  protected:
    WritableMatrix() : AccessMatrix(auth::AnonymousAccess::write) {}
};

TEST(Routes, ThatNeedNothingAreTheTokenServiceAndItsKeys) {
    std::set<std::string_view> open;
    for (const Route& route : routes()) {
        if (route.needs == Needs::nothing) {
            open.insert(route.operation);
        }
    }
    EXPECT_EQ(open, (std::set<std::string_view>{"key_set_get", "token_exchange", "token_get",
                                                "token_post"}));
}

TEST_F(AccessMatrix, WithoutCredentialsNothing) {
    for (const Route* route : guarded_routes()) {
        expect_refused(*route, "", "");
    }
}

TEST_F(AccessMatrix, WithBadCredentialsNothing) {
    const std::string good = full_token();
    for (const Route* route : guarded_routes()) {
        expect_let_in(*route, "Bearer " + good);
        expect_refused(*route, "Bearer nonsense", "malformed_token");
        expect_refused(*route, "Bearer ", "malformed_token");
        expect_refused(*route, "Negotiate abc", "");
        expect_refused(*route, "Basic ???", "");
    }
    expect_refused(*guarded_routes().front(), "Basic YWxpY2U6c2h1dA==", "");
}

TEST_F(AccessMatrix, TokensThatAreNotGoodOpenNothing) {
    const std::string good = full_token();
    const auto jwt = auth::split_jwt(good);
    ASSERT_TRUE(jwt.has_value());
    const auto forged = [&jwt](std::string header, std::string_view signature) {
        return auth::join_jwt(auth::jwt_signed_text(header, jwt->payload), signature);
    };
    const auto with_algorithm = [&jwt](std::string_view algorithm) {
        std::string header = jwt->header;
        return header.replace(header.find("RS256"), 5, algorithm);
    };
    const std::string text(jwt->signed_text);
    const std::string other_signature = auth::SigningKey::generate().value().sign(text).value();
    const std::string confused = auth::jwt_signed_text(with_algorithm("HS256"), jwt->payload);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned int size = 0;
    ASSERT_NE(HMAC(EVP_sha256(), jwt->header.data(), static_cast<int>(jwt->header.size()),
                   reinterpret_cast<const unsigned char*>(confused.data()), confused.size(),
                   code.data(), &size),
              nullptr);
    const std::string_view hmac(reinterpret_cast<const char*>(code.data()), size);
    const std::vector<std::pair<std::string, std::string>> bad{
        {"expired", full_token(kAudience, current() - 7200)},
        {"not yet valid", full_token(kAudience, current() + 7200)},
        {"another audience", full_token("other.test")},
        {"another key", auth::join_jwt(text, other_signature)},
        {"alg none", forged(with_algorithm("none"), jwt->signature)},
        {"alg HS256", auth::join_jwt(confused, hmac)},
        {"no key id", forged(R"({"alg":"RS256","typ":"JWT"})", jwt->signature)},
        {"refresh token",
         io::run_task(token_issuer_.issue_refresh(alice_, kAudience, current())).value()},
    };
    for (const Route* route : guarded_routes()) {
        for (const auto& [what, token] : bad) {
            SCOPED_TRACE(what);
            expect_refused(*route, "Bearer " + token, "invalid_token");
        }
        expect_refused(*route, "Bearer " + text + ".", "malformed_token");
    }
}

TEST_F(AccessMatrix, AnAccessTokenOpensWhatItSays) {
    for (const Action action : kActions) {
        const std::string one = "Bearer " + token_for({oci::Scope("repository", kName, {action})});
        const std::string star = "Bearer " + token_for({oci::Scope("repository", "*", {action})});
        for (const Route* route : guarded_routes()) {
            SCOPED_TRACE(oci::name_of(action));
            const bool let_in = !lists_repositories(*route) && !is_about_deleted(*route) &&
                                covers(only(action), needed_by(*route));
            expect(let_in, *route, one);
            expect(let_in, *route, star);
        }
    }
    const std::string both =
        "Bearer " + token_for({oci::Scope("repository", kName, {Action::push}),
                               oci::Scope("repository", kName, {Action::pull})});
    const std::string everything =
        "Bearer " + token_for({oci::Scope("repository", kName, {Action::catalog})});
    const std::string catalog =
        "Bearer " + token_for({oci::Scope("registry", "catalog", {Action::catalog})});
    for (const Route* route : guarded_routes()) {
        oci::ActionSet held = only(Action::pull);
        held.add(Action::push);
        expect(!lists_repositories(*route) && covers(held, needed_by(*route)), *route, both);
        expect(!lists_repositories(*route), *route, everything);
        expect(needed_by(*route).empty() && route->needs != Needs::deleted_catalog, *route,
               catalog);
    }
}

TEST_F(AccessMatrix, AnAccessTokenAboutDeletedItems) {
    const auto token = [this](std::vector<Action> actions) {
        return "Bearer " + token_for({oci::Scope("repository", kName, std::move(actions))});
    };
    const std::string read = token({Action::deleted_read});
    const std::string restore = token({Action::deleted_read, Action::deleted_restore});
    const std::string list =
        "Bearer " + token_for({oci::Scope("registry", "deleted_catalog", {Action::catalog})});
    for (const Route* route : guarded_routes()) {
        const bool any = route->needs == Needs::any_account;
        expect(any || route->needs == Needs::deleted_read, *route, read);
        expect(any || is_about_deleted(*route), *route, restore);
        expect(any || route->needs == Needs::deleted_catalog, *route, list);
    }
}

TEST_F(AccessMatrix, AnAccessTokenForAnotherRepositoryOpensNothingHere) {
    for (const char* other : {"team", "team/app2", "team/ap", "app", "team/app/deep", "team/*"}) {
        const std::string token =
            "Bearer " + token_for({oci::Scope("repository", other, {Action::catalog})});
        for (const Route* route : guarded_routes()) {
            SCOPED_TRACE(other);
            expect(route->needs == Needs::any_account, *route, token);
        }
    }
}

TEST_F(AccessMatrix, AnAccountDoesWhatItsScopeMapSays) {
    for (const auto kind : {meta::AccountKind::user, meta::AccountKind::token}) {
        const bool lists = kind == meta::AccountKind::user;
        const std::string prefix = lists ? "user-" : "token-";
        for (const Action action : kActions) {
            const std::string name = prefix + std::to_string(static_cast<int>(action));
            const std::string basic = add_scoped(name, kind, "team/*", only(action));
            for (const Route* route : guarded_routes()) {
                SCOPED_TRACE(name);
                const bool let_in =
                    lists_repositories(*route) ? lists : covers(only(action), needed_by(*route));
                expect(let_in, *route, basic);
            }
        }
        for (const char* pattern : {"team", "team/ap", "team/app/*", "teams*"}) {
            const std::string name = prefix + std::to_string(std::hash<std::string>()(pattern));
            const std::string basic = add_scoped(name, kind, pattern, oci::ActionSet::all());
            for (const Route* route : guarded_routes()) {
                SCOPED_TRACE(name + " " + pattern);
                const bool let_in =
                    lists_repositories(*route) ? lists : route->needs == Needs::any_account;
                expect(let_in, *route, basic);
            }
        }
        const std::string all = add_scoped(prefix + "all", kind, "*", oci::ActionSet::all());
        for (const Route* route : guarded_routes()) {
            expect(!lists_repositories(*route) || lists, *route, all);
        }
    }
}

TEST_F(AccessMatrix, AnAccountThatIsNoMoreOpensNothing) {
    const std::string basic =
        add_scoped("ci", meta::AccountKind::token, "*", oci::ActionSet::all());
    const auto change = [this](auto&& work) {
        const db::TransactionalWork step = [&work](db::Session& session) {
            meta::AccountRow row = meta::find_account(session, "ci").value().value();
            work(session, row);
            return true;
        };
        ASSERT_TRUE(database_->write_now(step));
    };
    oci::Principal ci;
    ci.kind = oci::Principal::Kind::token;
    ci.name = "ci";
    ci.epoch = io::run_task(accounts_.find("ci")).value()->account.epoch;
    const Scopes scopes{oci::Scope("repository", "*", {Action::catalog})};
    const std::string bearer =
        "Bearer " +
        io::run_task(token_issuer_.issue_access(ci, kAudience, scopes, current())).value();
    const Route& route = *match_route(Method::get, target_of(*guarded_routes()[2])).route;
    expect_let_in(route, basic);
    expect_let_in(route, bearer);
    change([](db::Session& session, meta::AccountRow& row) {
        row.enabled = false;
        ASSERT_TRUE(meta::change_account(session, row, now()));
    });
    expect_refused(route, basic, "");
    expect_refused(route, bearer, "invalid_token");
    change([](db::Session& session, meta::AccountRow& row) {
        row.enabled = true;
        row.expires_at = Timestamp{now().ticks - 1};
        ASSERT_TRUE(meta::change_account(session, row, now()));
    });
    expect_refused(route, basic, "");
    expect_refused(route, bearer, "invalid_token");
    change([](db::Session& session, meta::AccountRow& row) {
        row.expires_at.reset();
        row.scope_maps.clear();
        ASSERT_TRUE(meta::change_account(session, row, now()));
    });
    expect_refused(route, basic, "insufficient_scope");
    expect_refused(route, bearer, "insufficient_scope");
}

TEST_F(ReadableMatrix, AnybodyMayReadWithATokenAndNoMore) {
    const Scopes everything{oci::Scope("repository", "*", {Action::catalog}),
                            oci::Scope("registry", "catalog", {Action::catalog})};
    const std::string token =
        "Bearer " +
        io::run_task(token_issuer_.issue_access(oci::Principal(), kAudience, everything, current()))
            .value();
    for (const Route* route : guarded_routes()) {
        const bool reads = route->needs == Needs::pull || route->needs == Needs::metadata_read ||
                           route->needs == Needs::catalog || route->needs == Needs::any_account;
        expect(reads, *route, token);
        expect_refused(*route, "", "");
        expect_refused(*route, "Bearer nonsense", "malformed_token");
    }
}

TEST_F(WritableMatrix, AnybodyMayDoEverythingButSeeWhoHeIs) {
    for (const Route* route : guarded_routes()) {
        Ask request(route->method, target_of(*route));
        request.with("Content-Type", "application/json").body("{}");
        const int status = ask(request).status;
        EXPECT_EQ(status == 401, route->needs == Needs::any_account)
            << route->operation << ": " << status;
    }
}

}  // namespace
}  // namespace berth::api
