// SPDX-License-Identifier: Apache-2.0
#include "oci/digest.h"

#include "oci/hasher.h"

#include <gtest/gtest.h>

#include <vector>

namespace berth::oci {
namespace {

const std::string kHex32 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const std::string kHex64 = kHex32 + kHex32;

TEST(Digest, ParsesBothAlgorithms) {
    for (const std::string& text : {"sha256:" + kHex32, "sha512:" + kHex64}) {
        const auto digest = Digest::parse(text);
        ASSERT_TRUE(digest) << text;
        EXPECT_EQ(digest->text(), text);
        EXPECT_EQ(digest->hex(), text.substr(7));
        EXPECT_EQ(digest->hash().size(), hash_size(digest->algorithm()));
        EXPECT_EQ(digest->stored().size(), 1 + hash_size(digest->algorithm()));
        EXPECT_EQ(Digest::from_stored(digest->stored()), digest);
        EXPECT_EQ(Digest::of(digest->algorithm(), digest->hash()), *digest);
    }
}

TEST(Digest, RefusesEverythingElse) {
    const std::string upper = "E" + kHex32.substr(1);
    for (const std::string& bad :
         {std::string(), std::string(":"), std::string("sha256:"), "sha256" + kHex32, kHex32,
          "sha256:" + kHex32.substr(1), "sha256:" + kHex32 + "0", "sha256:" + kHex64,
          "sha512:" + kHex32, "SHA256:" + kHex32, "sha256:" + upper, "sha384:" + kHex32,
          "md5:" + kHex32.substr(32), " sha256:" + kHex32, "sha256: " + kHex32.substr(1),
          "sha256:" + kHex32 + "\n", "sha256::" + kHex32.substr(1), "sha256:g" + kHex32.substr(1),
          "sha256:" + kHex32.substr(1) + std::string(1, '\0')}) {
        EXPECT_FALSE(Digest::parse(bad)) << bad;
    }
}

TEST(Digest, RefusesMalformedStoredForm) {
    std::vector<std::byte> stored(33);
    for (const int algorithm : {0, 2, 3, 255}) {
        stored[0] = static_cast<std::byte>(algorithm);
        EXPECT_FALSE(Digest::from_stored(stored)) << algorithm;
    }
    stored[0] = std::byte{1};
    EXPECT_TRUE(Digest::from_stored(stored));
    stored.pop_back();
    EXPECT_FALSE(Digest::from_stored(stored));
    EXPECT_FALSE(Digest::from_stored({}));
}

TEST(Digest, OrdersAsItsText) {
    std::vector<std::string> texts = {
        "sha256:00" + kHex32.substr(2), "sha256:7f" + kHex32.substr(2),
        "sha256:80" + kHex32.substr(2), "sha256:ff" + kHex32.substr(2),
        "sha512:00" + kHex64.substr(2)};
    for (const std::string& a : texts) {
        for (const std::string& b : texts) {
            EXPECT_EQ(*Digest::parse(a) <=> *Digest::parse(b), a <=> b) << a << " " << b;
            EXPECT_EQ(*Digest::parse(a) == *Digest::parse(b), a == b);
        }
    }
}

TEST(DigestShape, FollowsTheRoute) {  // acr-wire 1.3 and 1.4
    for (const char* good : {"sha256:abcdef", "sha256:00000000", "sha512:A", "md5:0",
                             "tarsum.v1+sha256:0a", "a-b_c+d.e:F", "multihash+base58:0"}) {
        EXPECT_TRUE(has_digest_shape(good)) << good;
    }
    for (const char* bad :
         {"", ":", "first", "wrong-digest", "wrong digest", "sha256:", ":abc",
          "sha256:abcdefghijkl", "256sha:ab", "sha256-:ab", "-sha256:ab", "sha--256:ab", "sha+2:ab",
          "sha256:ab:cd", "sha 256:ab", "sha256:ab "}) {
        EXPECT_FALSE(has_digest_shape(bad)) << bad;
    }
}

TEST(Hasher, KnownHashes) {  // FIPS 180-2 appendices B and C
    EXPECT_EQ(digest_of(Algorithm::sha256, {}).text(), "sha256:" + kHex32);
    EXPECT_EQ(digest_of(Algorithm::sha256, as_bytes("abc")).hex(),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(digest_of(Algorithm::sha512, as_bytes("abc")).hex(),
              "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f");
}

TEST(Hasher, PiecesMakeTheWhole) {
    const std::string text(100'000, 'x');
    for (const Algorithm algorithm : {Algorithm::sha256, Algorithm::sha512}) {
        Hasher hasher(algorithm);
        for (std::size_t at = 0; at < text.size(); at += 777) {
            hasher.update(as_bytes(std::string_view(text).substr(at, 777)));
            hasher.update({});
        }
        Hasher moved = std::move(hasher);
        EXPECT_EQ(moved.algorithm(), algorithm);
        EXPECT_EQ(moved.finish(), digest_of(algorithm, as_bytes(text)));
    }
}

TEST(Hasher, CopyGoesItsOwnWay) {
    Hasher hasher(Algorithm::sha256);
    hasher.update(as_bytes("ab"));
    Hasher copy = hasher.copy();
    copy.update(as_bytes("x"));
    hasher.update(as_bytes("c"));
    EXPECT_EQ(copy.finish(), digest_of(Algorithm::sha256, as_bytes("abx")));
    EXPECT_EQ(hasher.finish(), digest_of(Algorithm::sha256, as_bytes("abc")));
}

TEST(AlgorithmName, RoundTrip) {
    for (const Algorithm algorithm : {Algorithm::sha256, Algorithm::sha512}) {
        EXPECT_EQ(parse_algorithm(name_of(algorithm)), algorithm);
    }
    EXPECT_FALSE(parse_algorithm("SHA256"));
    EXPECT_FALSE(parse_algorithm(""));
}

}  // namespace
}  // namespace berth::oci
