// SPDX-License-Identifier: Apache-2.0
//
// Which (name, password, stored hash, address) were found right a short while ago. Holds no name
// and no password, only HMAC-SHA256 values under a key that lives as long as the process; because
// the stored hash is part of it, a changed password is forgotten at once, and because the address
// is, nobody elsewhere can try passwords against what is remembered. Not synchronised: the
// Verifier's lock guards it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <string_view>

namespace berth::auth {

using Fingerprint = std::array<std::byte, 32>;

/// Makes fingerprints under one random key. Any thread.
class Fingerprinter {
  public:
    Fingerprinter();
    Fingerprint of(std::initializer_list<std::string_view> parts) const;

  private:
    std::array<std::byte, 32> key_;
};

class VerifiedCache {
  public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::chrono::seconds kAgeMax{60};
    static constexpr std::size_t kEntriesMax = 1024;

    /// True when `fingerprint` was added less than kAgeMax before `now`.
    bool contains(const Fingerprint& fingerprint, Time now) const;
    /// When full, expired entries go first, then the oldest.
    void add(const Fingerprint& fingerprint, Time now);

    std::size_t size() const { return added_.size(); }

  private:
    void make_room(Time now);

    std::map<Fingerprint, Time> added_;
};

}  // namespace berth::auth
