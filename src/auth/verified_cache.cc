// SPDX-License-Identifier: Apache-2.0
#include "auth/verified_cache.h"

#include "base/assert.h"
#include "base/random.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <string>

namespace berth::auth {

Fingerprinter::Fingerprinter() {
    fill_random(key_);
}

// Each part with its length before it, so that no two lists make the same text.
Fingerprint Fingerprinter::of(std::initializer_list<std::string_view> parts) const {
    std::string text;
    for (const std::string_view part : parts) {
        text.append(std::to_string(part.size())).append(1, ':').append(part);
    }
    Fingerprint out{};
    unsigned int length = 0;
    const unsigned char* made =
        HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
             reinterpret_cast<const unsigned char*>(text.data()), text.size(),
             reinterpret_cast<unsigned char*>(out.data()), &length);
    BERTH_CHECK(made != nullptr && length == out.size());
    return out;
}

bool VerifiedCache::contains(const Fingerprint& fingerprint, Time now) const {
    const auto found = added_.find(fingerprint);
    return found != added_.end() && now - found->second < kAgeMax;
}

void VerifiedCache::add(const Fingerprint& fingerprint, Time now) {
    if (added_.size() >= kEntriesMax && !added_.contains(fingerprint)) {
        make_room(now);
    }
    added_.insert_or_assign(fingerprint, now);
}

void VerifiedCache::make_room(Time now) {
    std::erase_if(added_, [now](const auto& entry) { return now - entry.second >= kAgeMax; });
    if (added_.size() >= kEntriesMax) {
        added_.erase(
            std::ranges::min_element(added_, {}, [](const auto& entry) { return entry.second; }));
    }
}

}  // namespace berth::auth
