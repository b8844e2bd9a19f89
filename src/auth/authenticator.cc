// SPDX-License-Identifier: Apache-2.0
#include "auth/authenticator.h"

#include "auth/password.h"
#include "auth/token_verifier.h"
#include "auth/verifier.h"
#include "base/assert.h"
#include "base/clock.h"
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

bool is_token_error(Errc code) {
    return code == Errc::token_malformed || code == Errc::token_invalid;
}

// An account made after the token is another one that happens to have its name.
bool is_older(const meta::AccountRow& account, const TokenClaims& token) {
    return account.created_at.ticks / kTicksPerSecond <= token.issued;
}

}  // namespace

struct Authenticator::State {
    State(db::Database& accounts, io::BlockingPool& pool, KeyRing& keys)
        : database(accounts), verifier(pool), tokens(keys), decoy_hash(make_decoy_hash()) {}

    io::Task<Result<oci::Principal>> check_password(const BasicCredentials& credentials);
    io::Task<Result<oci::Principal>> check_token(std::string_view token, std::string_view audience,
                                                 std::optional<TokenClaims::Kind> kind);
    io::Task<Result<std::optional<meta::AccountRow>>> find_account(const std::string& name);

    db::Database& database;
    Verifier verifier;
    TokenVerifier tokens;
    // Stands in for the hash of an account that does not exist; no password matches it.
    const std::string decoy_hash;
};

io::Task<Result<std::optional<meta::AccountRow>>> Authenticator::State::find_account(
    const std::string& name) {
    auto lookup = [&name](db::Session& session) { return meta::find_account(session, name); };
    co_return co_await database.read(lookup);
}

io::Task<Result<oci::Principal>> Authenticator::State::check_password(
    const BasicCredentials& credentials) {
    // Read every time, also before a remembered check counts: a disabled account ends at once.
    BERTH_CO_TRY(const std::optional<meta::AccountRow> row,
                 co_await find_account(credentials.name));
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

// `kind`: the only one that will do; nullopt: either.
io::Task<Result<oci::Principal>> Authenticator::State::check_token(
    std::string_view token, std::string_view audience, std::optional<TokenClaims::Kind> kind) {
    const Seconds moment = now().ticks / kTicksPerSecond;
    BERTH_CO_TRY(const TokenClaimsPtr claims, co_await tokens.verify(token, audience, moment));
    if (kind && claims->kind != *kind) {
        co_return fail(Errc::token_invalid, "the other kind of token");
    }
    oci::Principal principal;
    if (claims->kind == TokenClaims::Kind::access) {
        principal.grants = claims->access;
        principal.grants_end = claims->expires;
    }
    if (claims->subject == kNilGuid) {
        co_return principal;
    }
    BERTH_CO_TRY(const std::optional<meta::AccountRow> row, co_await find_account(claims->subject));
    if (!row || !row->enabled || !is_older(*row, *claims)) {
        co_return fail(Errc::token_invalid, "the token's account is gone or disabled");
    }
    principal.kind = oci::Principal::Kind::admin;
    principal.name = claims->subject;
    co_return principal;
}

Authenticator::Authenticator(db::Database& database, io::BlockingPool& pool, KeyRing& keys)
    : state_(std::make_unique<State>(database, pool, keys)) {}

Authenticator::~Authenticator() = default;

io::Task<Result<oci::Principal>> Authenticator::authenticate(
    std::optional<std::string_view> authorization, std::string_view audience) {
    if (!authorization) {
        co_return oci::Principal();
    }
    if (const auto token = parse_bearer(*authorization)) {
        co_return co_await state_->check_token(*token, audience, TokenClaims::Kind::access);
    }
    const std::optional<BasicCredentials> credentials = parse_basic(*authorization);
    if (!credentials) {
        co_return fail(Errc::unauthenticated, "authorization is neither Basic nor Bearer");
    }
    co_return co_await sign_in(*credentials, audience);
}

io::Task<Result<oci::Principal>> Authenticator::sign_in(const BasicCredentials& credentials,
                                                        std::string_view audience) {
    if (credentials.name != kNilGuid) {
        co_return co_await state_->check_password(credentials);
    }
    Result<oci::Principal> principal =
        co_await state_->check_token(credentials.password, audience, std::nullopt);
    if (!principal && is_token_error(principal.error().code)) {
        co_return fail(Errc::unauthenticated, principal.error().log_detail);
    }
    co_return principal;
}

io::Task<Result<oci::Principal>> Authenticator::redeem(std::string_view refresh_token,
                                                       std::string_view audience) {
    co_return co_await state_->check_token(refresh_token, audience, TokenClaims::Kind::refresh);
}

}  // namespace berth::auth
