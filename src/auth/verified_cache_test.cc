// SPDX-License-Identifier: Apache-2.0
#include "auth/verified_cache.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::auth {
namespace {

using std::chrono::seconds;

const VerifiedCache::Time kStart = VerifiedCache::Time(seconds(1000));

TEST(VerifiedCache, RemembersUntilExpiry) {
    const Fingerprinter fingerprinter;
    const Fingerprint id = fingerprinter.of({"admin", "secret", "$y$hash"});
    VerifiedCache cache;
    EXPECT_FALSE(cache.contains(id, kStart));
    cache.add(id, kStart);
    EXPECT_TRUE(cache.contains(id, kStart));
    EXPECT_TRUE(cache.contains(id, kStart + seconds(59)));
    EXPECT_FALSE(cache.contains(id, kStart + seconds(60)));
    cache.add(id, kStart + seconds(60));
    EXPECT_TRUE(cache.contains(id, kStart + seconds(60)));
    EXPECT_EQ(cache.size(), 1U);
}

TEST(VerifiedCache, IsBoundedAndDropsTheOldest) {
    const Fingerprinter fingerprinter;
    const auto id = [&](std::size_t i) { return fingerprinter.of({"a", std::to_string(i), "h"}); };
    VerifiedCache cache;
    for (std::size_t i = 0; i < VerifiedCache::kEntriesMax + 1; ++i) {
        cache.add(id(i), kStart + std::chrono::milliseconds(i));
    }
    const VerifiedCache::Time end = kStart + seconds(2);
    EXPECT_EQ(cache.size(), VerifiedCache::kEntriesMax);
    EXPECT_FALSE(cache.contains(id(0), end));
    EXPECT_TRUE(cache.contains(id(1), end));
    EXPECT_TRUE(cache.contains(id(VerifiedCache::kEntriesMax), end));
}

TEST(VerifiedCache, FullOfExpiredEntriesIsEmptied) {
    const Fingerprinter fingerprinter;
    VerifiedCache cache;
    for (std::size_t i = 0; i < VerifiedCache::kEntriesMax; ++i) {
        cache.add(fingerprinter.of({"a", std::to_string(i), "h"}), kStart);
    }
    cache.add(fingerprinter.of({"b", "p", "h"}), kStart + seconds(60));
    EXPECT_EQ(cache.size(), 1U);
}

TEST(Fingerprinter, EveryPartAndTheKeyCount) {
    const Fingerprinter fingerprinter;
    const Fingerprint id = fingerprinter.of({"ab", "c", "h"});
    EXPECT_EQ(fingerprinter.of({"ab", "c", "h"}), id);
    EXPECT_NE(fingerprinter.of({"a", "bc", "h"}), id);
    EXPECT_NE(fingerprinter.of({"ab", "d", "h"}), id);
    EXPECT_NE(fingerprinter.of({"ab", "c", "i"}), id);
    EXPECT_NE(Fingerprinter().of({"ab", "c", "h"}), id);
}

}  // namespace
}  // namespace berth::auth
