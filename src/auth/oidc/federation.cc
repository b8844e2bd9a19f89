// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/federation.h"

#include "auth/oidc/foreign_token.h"
#include "auth/oidc/local_identity.h"
#include "auth/oidc/trust_book.h"
#include "base/try.h"
#include "meta/access_generation.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>

namespace berth::auth {
namespace {

// Keys are the same when everything that decides where they come from is.
std::string id_of(const IssuerDocument& document, const IssuerLocation& location) {
    return location.issuer + "\n" + location.discovery + "\n" + document.ca_file + "\n" +
           (document.allow_private ? "private" : "public");
}

KeyLocation key_location(const IssuerDocument& document, const IssuerLocation& location) {
    KeyLocation keys;
    keys.issuer = location.issuer;
    keys.discovery = location.discovery;
    keys.rules = FetchRules(document.ca_file, document.allow_private);
    return keys;
}

/// A tenant that is no GUID is a domain's name, which tokens do not say.
bool agrees(std::string_view tenant, const ForeignClaims& claims) {
    return !is_guid(tenant) || claims.tenant.empty() ||
           std::ranges::equal(tenant, claims.tenant, [](char a, char b) {
               return (a >= 'A' && a <= 'F' ? a - 'A' + 'a' : a) == b;
           });
}

}  // namespace

struct Federation::State {
    explicit State(Parts outside) : parts(std::move(outside)) {}

    io::Task<Result<TrustBookPtr>> current_book();
    TrustBookPtr known_book(std::int64_t generation);
    void keep(const TrustBookPtr& current);
    std::shared_ptr<KeySource> keys_of(const TrustBook::Home& home);
    io::Task<Result<oci::Principal>> verify(const TrustBook& current,
                                            ForeignCredentials credentials, Seconds now);
    Result<oci::Principal> admit_local(const TrustBook& current, ForeignCredentials credentials,
                                       Seconds now, bool& is_local) const;

    const Parts parts;
    std::mutex mutex;
    // Guarded by mutex.
    TrustBookPtr book;
    std::map<std::string, std::shared_ptr<KeySource>> sources;  // by id_of()
};

TrustBookPtr Federation::State::known_book(std::int64_t generation) {
    const std::lock_guard lock(mutex);
    return book && book->generation() == generation ? book : nullptr;
}

io::Task<Result<TrustBookPtr>> Federation::State::current_book() {
    bool is_new = false;
    auto lookup = [this, &is_new](db::Session& session) -> Result<TrustBookPtr> {
        BERTH_TRY(const std::int64_t generation, meta::access_generation(session));
        TrustBookPtr known = known_book(generation);
        is_new = known == nullptr;
        if (known) {
            return known;
        }
        return TrustBook::load(session, generation);
    };
    BERTH_CO_TRY(TrustBookPtr current, co_await parts.database.read(lookup));
    if (is_new) {
        keep(current);
    }
    co_return current;
}

// A read that began before a change may end after one that saw it: what is older is not kept.
void Federation::State::keep(const TrustBookPtr& current) {
    std::set<std::string> in_use;
    for (const auto& [name, issuer] : current->issuers()) {
        for (const IssuerLocation& location : issuer.locations) {
            in_use.insert(id_of(issuer.document, location));
        }
    }
    {
        const std::lock_guard lock(mutex);
        if (book && book->generation() >= current->generation()) {
            return;
        }
        book = current;
        std::erase_if(sources,
                      [&in_use](const auto& entry) { return !in_use.contains(entry.first); });
    }
    for (const TrustBook::Problem& problem : current->problems()) {
        parts.log.warn(
            "trust_ignored",
            {{"issuer", problem.issuer}, {"rule", problem.rule}, {"reason", problem.reason}});
    }
}

std::shared_ptr<KeySource> Federation::State::keys_of(const TrustBook::Home& home) {
    const IssuerDocument& document = home.issuer->document;
    const std::lock_guard lock(mutex);
    std::shared_ptr<KeySource>& source = sources[id_of(document, *home.location)];
    if (!source) {
        source =
            std::make_shared<KeySource>(KeySource::Parts{parts.documents, parts.spawn, parts.log},
                                        key_location(document, *home.location));
    }
    return source;
}

io::Task<Result<oci::Principal>> Federation::State::verify(const TrustBook& current,
                                                           ForeignCredentials credentials,
                                                           Seconds now) {
    const std::optional<ForeignToken> token = parse_foreign_token(credentials.token);
    if (!token) {
        co_return fail(Errc::token_malformed, "no token that any issuer could have made");
    }
    const TrustBook::Home home = current.find_home(token->claims.issuer);
    if (home.issuer == nullptr) {
        co_return fail(Errc::token_invalid, "no issuer is trusted that says it is '" +
                                                token->claims.issuer.substr(0, 200) + "'");
    }
    const std::shared_ptr<KeySource> source = keys_of(home);
    BERTH_CO_TRY(const WebKey key, co_await source->find(token->kid, token->algorithm, now));
    if (!key.verify(token->jwt.signed_text, token->jwt.signature)) {
        co_return fail(Errc::token_invalid, "the signature is wrong");
    }
    if (!agrees(credentials.tenant, token->claims)) {
        co_return fail(Errc::token_invalid, "the token is of another tenant than was said");
    }
    co_return TrustBook::admit(home, token->claims, now);
}

Result<oci::Principal> Federation::State::admit_local(const TrustBook& current,
                                                      ForeignCredentials credentials, Seconds now,
                                                      bool& is_local) const {
    const auto claims = parts.unchecked ? parse_unsigned_claims(credentials.token) : std::nullopt;
    is_local = claims && current.find_home(claims->issuer).issuer == nullptr;
    if (!is_local) {
        return fail(Errc::token_invalid, "no token for the local mode");
    }
    if (!agrees(credentials.tenant, *claims)) {
        return fail(Errc::token_invalid, "the token is of another tenant than was said");
    }
    return admit_unchecked(*claims, now);
}

Federation::Federation(Parts parts) : state_(std::make_unique<State>(std::move(parts))) {}

Federation::~Federation() = default;

io::Task<Result<oci::Principal>> Federation::sign_in(ForeignCredentials credentials, Seconds now) {
    BERTH_CO_TRY(const TrustBookPtr book, co_await state_->current_book());
    bool is_local = false;
    Result<oci::Principal> principal = state_->admit_local(*book, credentials, now, is_local);
    if (!is_local) {
        principal = co_await state_->verify(*book, credentials, now);
    }
    if (principal) {
        principal->sign_in = oci::SignIn::issuer_token;
    } else {
        state_->parts.log.failure(telemetry::Level::info, "issuer_token_refused",
                                  principal.error());
    }
    co_return principal;
}

io::Task<Result<oci::Principal>> Federation::recall(const oci::Trust& trust) {
    if (trust.issuer == kLocalIssuer) {
        if (!state_->parts.unchecked) {
            co_return fail(Errc::token_invalid, "the token is of the local mode");
        }
        co_return readmit_unchecked(trust);
    }
    BERTH_CO_TRY(const TrustBookPtr book, co_await state_->current_book());
    co_return book->readmit(trust);
}

}  // namespace berth::auth
