// SPDX-License-Identifier: Apache-2.0
#include "auth/token_recall.h"

#include <utility>

namespace berth::auth {

std::optional<oci::Principal> TokenRecall::find(std::string_view token, std::string_view audience,
                                                const Moment& moment) const {
    const auto [signed_text, signature] = split_at_signature(token);
    const SignatureHash hash = hash_of(signature);
    std::shared_ptr<const Remembered> known;
    {
        const std::lock_guard lock(mutex_);
        if (moment_ != moment) {
            return std::nullopt;
        }
        const auto found = remembered_.find(hash);
        if (found == remembered_.end()) {
            return std::nullopt;
        }
        known = found->second;
    }
    if (known->signed_text != signed_text || known->audience != audience) {
        return std::nullopt;
    }
    return known->principal;
}

void TokenRecall::keep(std::string_view token, std::string_view audience, const Moment& moment,
                       oci::Principal principal) {
    if (token.size() > kTokenBytesMax) {
        return;
    }
    const auto [signed_text, signature] = split_at_signature(token);
    const SignatureHash hash = hash_of(signature);
    auto remembered =
        std::make_shared<const Remembered>(signed_text, audience, std::move(principal));
    const std::lock_guard lock(mutex_);
    if (moment_ != moment || remembered_.size() >= kRememberedMax) {
        remembered_.clear();
        moment_ = moment;
    }
    remembered_.insert_or_assign(hash, std::move(remembered));
}

}  // namespace berth::auth
