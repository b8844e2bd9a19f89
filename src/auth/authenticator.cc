// SPDX-License-Identifier: Apache-2.0
#include "auth/authenticator.h"

#include "auth/password.h"
#include "auth/token_recall.h"
#include "auth/token_verifier.h"
#include "auth/verifier.h"
#include "base/assert.h"
#include "base/clock.h"
#include "base/try.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace berth::auth {
namespace {

// Tokens of the local account; no account of a catalog has this epoch.
constexpr std::int64_t kLocalEpoch = -1;
constexpr std::size_t kPasswordSlots = std::tuple_size_v<meta::Passwords>;

std::string make_decoy_hash() {
    Result<std::string> salt = make_salt();
    BERTH_CHECK(salt.has_value());
    return *std::move(salt);
}

bool is_token_error(Errc code) {
    return code == Errc::token_malformed || code == Errc::token_invalid;
}

bool is_past(const std::optional<Timestamp>& end, Timestamp moment) {
    return end && end->ticks <= moment.ticks;
}

oci::Principal::Kind kind_of(meta::AccountKind kind) {
    switch (kind) {
        case meta::AccountKind::admin:
            return oci::Principal::Kind::admin;
        case meta::AccountKind::user:
            return oci::Principal::Kind::user;
        case meta::AccountKind::token:
            return oci::Principal::Kind::token;
    }
    return oci::Principal::Kind::token;
}

// Of an account that may sign in now; nullopt for one that is disabled or has expired.
std::optional<oci::Principal> principal_of(const Identity& identity, Timestamp moment) {
    const meta::AccountRow& account = identity.account;
    if (!account.enabled || is_past(account.expires_at, moment)) {
        return std::nullopt;
    }
    oci::Principal principal;
    principal.kind = kind_of(account.kind);
    principal.name = account.name;
    principal.rules = identity.rules;
    principal.epoch = account.epoch;
    return principal;
}

oci::Principal principal_of(const LocalAccount& account) {
    oci::Principal principal;
    principal.kind = oci::Principal::Kind::admin;
    principal.name = account.name;
    principal.sign_in = oci::SignIn::local_account;
    principal.epoch = kLocalEpoch;
    return principal;
}

}  // namespace

struct Authenticator::State {
    explicit State(Parts everything)
        : parts(std::move(everything)),
          verifier(parts.pool),
          tokens(parts.keys),
          decoy_hash(make_decoy_hash()) {}

    io::Task<Result<oci::Principal>> check_password(const BasicCredentials& credentials,
                                                    Arrival arrival);
    std::vector<PasswordClaim> claims_of(const BasicCredentials& credentials, Arrival arrival,
                                         const IdentityPtr& identity, Timestamp moment) const;
    io::Task<Result<bool>> is_right(std::vector<PasswordClaim> claims, bool known);
    std::vector<std::string_view> hashes_of(const IdentityPtr& identity, Timestamp moment) const;
    io::Task<Result<oci::Principal>> check_bearer(std::string_view token, Arrival arrival);
    io::Task<Result<oci::Principal>> check_token(std::string_view token, Arrival arrival,
                                                 std::optional<TokenClaims::Kind> kind);
    io::Task<Result<oci::Principal>> holder_of(const TokenClaims& claims);

    const Parts parts;
    Verifier verifier;
    TokenVerifier tokens;
    TokenRecall recall;
    // Stands in for the hashes that an account does not have; no password matches it.
    const std::string decoy_hash;
};

// As many as an account can have, so that the time of a refusal tells neither whether there is an
// account nor how many passwords it has.
std::vector<std::string_view> Authenticator::State::hashes_of(const IdentityPtr& identity,
                                                              Timestamp moment) const {
    std::vector<std::string_view> hashes;
    if (identity) {
        for (const std::optional<meta::PasswordRow>& password : identity->account.passwords) {
            if (password && !is_past(password->expires_at, moment)) {
                hashes.emplace_back(password->hash);
            }
        }
    }
    hashes.resize(kPasswordSlots, decoy_hash);
    return hashes;
}

std::vector<PasswordClaim> Authenticator::State::claims_of(const BasicCredentials& credentials,
                                                           Arrival arrival,
                                                           const IdentityPtr& identity,
                                                           Timestamp moment) const {
    std::vector<PasswordClaim> claims;
    for (const std::string_view hash : hashes_of(identity, moment)) {
        claims.emplace_back(credentials.name, credentials.password, hash, arrival.address);
    }
    return claims;
}

io::Task<Result<bool>> Authenticator::State::is_right(std::vector<PasswordClaim> claims,
                                                      bool known) {
    for (PasswordClaim& claim : claims) {
        claim.known = known;
        BERTH_CO_TRY(const bool right, co_await verifier.verify(claim));
        if (right) {
            co_return true;
        }
    }
    co_return false;
}

io::Task<Result<oci::Principal>> Authenticator::State::check_password(
    const BasicCredentials& credentials, Arrival arrival) {
    if (parts.local_account && credentials.name == parts.local_account->name &&
        equal_constant_time(credentials.password, parts.local_account->password)) {
        co_return principal_of(*parts.local_account);
    }
    BERTH_CO_TRY(const IdentityPtr identity, co_await parts.directory.find(credentials.name));
    const Timestamp moment = now();
    const std::vector<PasswordClaim> claims = claims_of(credentials, arrival, identity, moment);
    const bool remembered = std::ranges::any_of(
        claims, [this](const PasswordClaim& claim) { return verifier.remembers(claim); });
    const SignInThrottle::SignIn attempted(credentials.name, credentials.password, arrival.address,
                                           remembered);
    const std::string account = identity ? credentials.name : std::string();
    Result<SignInThrottle::Attempt> attempt =
        parts.throttle.begin(attempted, SignInThrottle::Clock::now());
    if (!attempt) {
        co_return fail(std::move(attempt.error()).with_account(account));
    }
    bool right = remembered;
    if (!remembered) {
        BERTH_CO_TRY(right, co_await is_right(claims, attempt->known()));
    }
    std::optional<oci::Principal> principal;
    if (right && identity) {
        principal = principal_of(*identity, moment);
    }
    if (!principal) {
        attempt->failed(SignInThrottle::Clock::now());
        co_return fail(Error(Errc::unauthenticated, right ? "account is disabled or has expired"
                                                    : identity ? "wrong password"
                                                               : "unknown account")
                           .with_account(account));
    }
    attempt->succeeded(SignInThrottle::Clock::now());
    principal->sign_in = oci::SignIn::password;
    co_return *std::move(principal);
}

io::Task<Result<oci::Principal>> Authenticator::State::check_bearer(std::string_view token,
                                                                    Arrival arrival) {
    const auto mark = parts.directory.change_mark();
    if (!mark) {
        co_return co_await check_token(token, arrival, TokenClaims::Kind::access);
    }
    const TokenRecall::Moment moment(now().ticks / kTicksPerSecond, *mark);
    if (std::optional<oci::Principal> known = recall.find(token, arrival.audience, moment)) {
        co_return *std::move(known);
    }
    BERTH_CO_TRY(oci::Principal principal,
                 co_await check_token(token, arrival, TokenClaims::Kind::access));
    recall.keep(token, arrival.audience, moment, principal);
    co_return principal;
}

// `kind`: the only one that will do; nullopt: either.
io::Task<Result<oci::Principal>> Authenticator::State::check_token(
    std::string_view token, Arrival arrival, std::optional<TokenClaims::Kind> kind) {
    const Seconds moment = now().ticks / kTicksPerSecond;
    BERTH_CO_TRY(const TokenClaimsPtr claims,
                 co_await tokens.verify(token, arrival.audience, moment));
    if (kind && claims->kind != *kind) {
        co_return fail(Errc::token_invalid, "the other kind of token");
    }
    BERTH_CO_TRY(oci::Principal principal, co_await holder_of(*claims));
    principal.sign_in = oci::SignIn::refresh_token;
    if (claims->kind == TokenClaims::Kind::access) {
        principal.sign_in = oci::SignIn::access_token;
        principal.grants = claims->access;
        principal.grants_end = claims->expires;
    }
    co_return principal;
}

// Who the token was issued to, as far as that still holds.
io::Task<Result<oci::Principal>> Authenticator::State::holder_of(const TokenClaims& claims) {
    if (claims.subject == kNilGuid) {
        co_return oci::Principal();
    }
    if (claims.trust) {
        if (parts.trust == nullptr) {
            co_return fail(Errc::token_invalid, "no other issuer is trusted");
        }
        co_return co_await parts.trust->recall(*claims.trust);
    }
    if (claims.epoch == kLocalEpoch) {
        if (!parts.local_account || claims.subject != parts.local_account->name) {
            co_return fail(Errc::token_invalid, "the local mode is off");
        }
        co_return principal_of(*parts.local_account);
    }
    BERTH_CO_TRY(const IdentityPtr identity, co_await parts.directory.find(claims.subject));
    std::optional<oci::Principal> principal;
    if (identity && identity->account.epoch == claims.epoch) {
        principal = principal_of(*identity, now());
    }
    if (!principal) {
        co_return fail(Errc::token_invalid, "the token's account is gone, disabled or signed out");
    }
    co_return *std::move(principal);
}

Authenticator::Authenticator(Parts parts) : state_(std::make_unique<State>(std::move(parts))) {}

Authenticator::~Authenticator() = default;

io::Task<Result<oci::Principal>> Authenticator::authenticate(
    std::optional<std::string_view> authorization, Arrival arrival) {
    if (!authorization) {
        co_return oci::Principal();
    }
    if (const auto token = parse_bearer(*authorization)) {
        co_return co_await state_->check_bearer(*token, arrival);
    }
    const std::optional<BasicCredentials> credentials = parse_basic(*authorization);
    if (!credentials) {
        co_return fail(Errc::unauthenticated, "authorization is neither Basic nor Bearer");
    }
    co_return co_await sign_in(*credentials, arrival);
}

io::Task<Result<oci::Principal>> Authenticator::sign_in(const BasicCredentials& credentials,
                                                        Arrival arrival) {
    if (credentials.name != kNilGuid) {
        co_return co_await state_->check_password(credentials, arrival);
    }
    Result<oci::Principal> principal =
        co_await state_->check_token(credentials.password, arrival, std::nullopt);
    if (!principal && is_token_error(principal.error().code)) {
        co_return fail(Errc::unauthenticated, principal.error().log_detail);
    }
    co_return principal;
}

io::Task<Result<oci::Principal>> Authenticator::redeem(std::string_view refresh_token,
                                                       Arrival arrival) {
    co_return co_await state_->check_token(refresh_token, arrival, TokenClaims::Kind::refresh);
}

}  // namespace berth::auth
