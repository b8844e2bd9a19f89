// SPDX-License-Identifier: Apache-2.0
//
// Token text -> claims that can be believed. The algorithm is our key's, whatever the header says.
// A token found right is remembered until it expires, its signature by its SHA-256, so that a
// client's burst costs one signature check. Whether its key still verifies is asked each time: who
// stole a key may have shown tokens of any content before it was taken away. Whether its account
// still exists is not asked and not remembered here.
#pragma once

#include "auth/key_ring.h"
#include "auth/signature_hash.h"
#include "auth/token_claims.h"
#include "base/error.h"
#include "io/task.h"

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace berth::auth {

using TokenClaimsPtr = std::shared_ptr<const TokenClaims>;

class TokenVerifier {
  public:
    static constexpr std::size_t kRememberedMax = 4096;
    /// Longer ones are verified each time: anybody may get tokens with many scopes.
    static constexpr std::size_t kRememberedBytesMax = 4096;

    /// `keys` must outlive the object.
    explicit TokenVerifier(KeyRing& keys);

    /// Errors: token_malformed when it is no JWT; token_invalid when it is not ours, not for
    /// `audience`, or not valid at `now`; those of KeyRing::find(). Any thread.
    io::Task<Result<TokenClaimsPtr>> verify(std::string_view token, std::string_view audience,
                                            Seconds now);
    std::size_t remembered() const;

  private:
    /// A token without its signature, which alone is secret.
    struct Remembered {
        std::string signed_text;
        std::string kid;
        TokenClaimsPtr claims;
    };

    using RememberedPtr = std::shared_ptr<const Remembered>;

    RememberedPtr recall(const SignatureHash& hash, std::string_view signed_text) const;
    void remember(const SignatureHash& hash, RememberedPtr token, Seconds now);

    KeyRing& keys_;
    mutable std::mutex mutex_;
    // Guarded by mutex_; by their signatures' hashes.
    std::map<SignatureHash, RememberedPtr> remembered_;
};

}  // namespace berth::auth
