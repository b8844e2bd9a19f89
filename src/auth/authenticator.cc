// SPDX-License-Identifier: Apache-2.0
#include "auth/authenticator.h"

#include "auth/basic_credentials.h"
#include "auth/password.h"
#include "auth/verifier.h"
#include "base/assert.h"
#include "base/try.h"
#include "meta/accounts.h"

#include <string>

namespace berth::auth {
namespace {

std::string make_decoy_hash() {
    Result<std::string> salt = make_salt();
    BERTH_CHECK(salt.has_value());
    return *std::move(salt);
}

}  // namespace

struct Authenticator::State {
    State(db::Database& accounts, io::BlockingPool& pool)
        : database(accounts), verifier(pool), decoy_hash(make_decoy_hash()) {}

    io::Task<Result<oci::Principal>> check(const BasicCredentials& credentials);

    db::Database& database;
    Verifier verifier;
    // Stands in for the hash of an account that does not exist; no password matches it.
    const std::string decoy_hash;
};

io::Task<Result<oci::Principal>> Authenticator::State::check(const BasicCredentials& credentials) {
    // Read every time, also before a remembered check counts: a disabled account ends at once.
    auto lookup = [&credentials](db::Session& session) {
        return meta::find_account(session, credentials.name);
    };
    BERTH_CO_TRY(const std::optional<meta::AccountRow> row, co_await database.read(lookup));

    const PasswordClaim claim(credentials.name, credentials.password,
                              row ? row->password_hash : decoy_hash);
    BERTH_CO_TRY(const bool right, co_await verifier.verify(claim));
    if (!right || !row) {
        co_return fail(Errc::unauthenticated, row ? "wrong password" : "unknown account");
    }
    if (!row->enabled) {
        co_return fail(Errc::unauthenticated, "account is disabled");
    }
    oci::Principal principal;
    principal.kind = oci::Principal::Kind::admin;
    principal.name = credentials.name;
    co_return principal;
}

Authenticator::Authenticator(db::Database& database, io::BlockingPool& pool)
    : state_(std::make_unique<State>(database, pool)) {}

Authenticator::~Authenticator() = default;

io::Task<Result<oci::Principal>> Authenticator::authenticate(
    std::optional<std::string_view> authorization) {
    if (!authorization) {
        co_return oci::Principal();
    }
    const std::optional<BasicCredentials> credentials = parse_basic(*authorization);
    if (!credentials) {
        co_return fail(Errc::unauthenticated, "authorization is not well-formed Basic");
    }
    co_return co_await state_->check(*credentials);
}

}  // namespace berth::auth
