// SPDX-License-Identifier: Apache-2.0
//
// For this folder's tests: key ring, issuer, verifier and authenticator over one catalog that has
// the account admin.
#pragma once

#include "auth/authenticator.h"
#include "auth/key_ring.h"
#include "auth/testing/accounts_fixture.h"
#include "auth/token_issuer.h"
#include "auth/token_verifier.h"
#include "base/clock.h"
#include "io/testing/run_task.h"

#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

inline const std::vector<oci::Scope> kPull{oci::Scope("repository", "app", {oci::Action::pull})};

inline Seconds current() {
    return now().ticks / kTicksPerSecond;
}

class TokensFixture : public AccountsFixture {
  protected:
    TokensFixture() {
        put("admin", "$y$unused");
        admin_.kind = oci::Principal::Kind::admin;
        admin_.name = "admin";
        admin_.epoch = find("admin")->epoch;
    }

    std::string access_token(std::string_view audience = "reg", Seconds at = current(),
                             std::vector<oci::Scope> scopes = kPull) {
        return io::run_task(issuer_.issue_access(admin_, audience, std::move(scopes), at)).value();
    }

    std::string refresh_token(std::string_view audience = "reg", Seconds at = current()) {
        return io::run_task(issuer_.issue_refresh(admin_, audience, at)).value();
    }

    Errc refusal(std::string_view token, std::string_view audience = "reg",
                 Seconds at = current()) {
        const auto verified = io::run_task(verifier_.verify(token, audience, at));
        return verified ? Errc::internal : verified.error().code;
    }

    static Arrival arrival(std::string_view audience = "reg") {
        return Arrival{audience, "192.0.2.1"};
    }

    Result<oci::Principal> redeem(const std::string& token, std::string_view audience = "reg") {
        return io::run_task(authenticator_.redeem(token, arrival(audience)));
    }

    Result<oci::Principal> bearer(const std::string& token, std::string_view audience = "reg") {
        const std::string header = "Bearer " + token;
        return io::run_task(authenticator_.authenticate(header, arrival(audience)));
    }

    Result<oci::Principal> as_password(const std::string& token) {
        BasicCredentials credentials;
        credentials.name = kNilGuid;
        credentials.password = token;
        return io::run_task(authenticator_.sign_in(credentials, arrival()));
    }

    io::BlockingPool pool_{2, 64};
    KeyRing keys_{*database_, pool_};
    TokenIssuer issuer_{keys_, pool_};
    TokenVerifier verifier_{keys_};
    Directory directory_{*database_};
    Limits limits_;
    SignInThrottle throttle_{limits_};
    Authenticator authenticator_{Authenticator::Parts{directory_, pool_, keys_, throttle_}};
    oci::Principal admin_;
};

}  // namespace berth::auth
