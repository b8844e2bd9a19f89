// SPDX-License-Identifier: Apache-2.0
//
// Who an access token was found to stand for a moment ago. That holds in the same second as long as
// nothing was committed, by whatever process: then every question that was asked of the token, its
// key, its account and its issuer would be answered as before. Clients send one token with each of
// many requests, and the questions cost as much as half a request.
//
// Any thread.
#pragma once

#include "auth/signature_hash.h"
#include "auth/token_claims.h"
#include "db/sql.h"
#include "oci/access.h"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace berth::auth {

class TokenRecall {
  public:
    static constexpr std::size_t kRememberedMax = 4096;
    static constexpr std::size_t kTokenBytesMax = 4096;

    /// A moment at which answers are equal.
    struct Moment {
        Moment(Seconds seconds, const db::ChangeMark& database) : second(seconds), mark(database) {}

        Seconds second;
        db::ChangeMark mark;

        friend bool operator==(const Moment&, const Moment&) = default;
    };

    /// nullopt when `token` was not looked at for `audience` at `moment`.
    std::optional<oci::Principal> find(std::string_view token, std::string_view audience,
                                       const Moment& moment) const;
    /// `moment` was taken before the token was looked at.
    void keep(std::string_view token, std::string_view audience, const Moment& moment,
              oci::Principal principal);

  private:
    /// A token without its signature, which alone is secret.
    struct Remembered {
        Remembered(std::string_view text, std::string_view whom, oci::Principal who)
            : signed_text(text), audience(whom), principal(std::move(who)) {}

        std::string signed_text;
        std::string audience;
        oci::Principal principal;
    };

    mutable std::mutex mutex_;
    // Guarded by mutex_: what holds at moment_, by the hashes of signatures.
    std::optional<Moment> moment_;
    std::map<SignatureHash, std::shared_ptr<const Remembered>> remembered_;
};

}  // namespace berth::auth
