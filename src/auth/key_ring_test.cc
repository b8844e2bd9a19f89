// SPDX-License-Identifier: Apache-2.0
#include "auth/key_ring.h"

#include "auth/testing/tokens_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <set>

namespace berth::auth {
namespace {

class KeyRingTest : public TokensFixture {
  protected:
    /// As `berth keys rotate` does from another process.
    void rotate(Timestamp time) {
        const auto row = make_signing_key();
        ASSERT_TRUE(row.has_value());
        change([&](db::Session& session) { return meta::rotate_signing_key(session, *row, time); });
    }

    std::string signing() { return io::run_task(keys_.ensure()).value()->key.kid(); }

    bool verifies(const std::string& kid, Seconds time) {
        return io::run_task(keys_.find(kid, time)).value() != nullptr;
    }

    std::vector<std::string> published(Seconds time) {
        std::vector<std::string> kids;
        const std::vector<SignerPtr> signers = io::run_task(keys_.verifying(time)).value();
        kids.reserve(signers.size());
        for (const SignerPtr& signer : signers) {
            kids.push_back(signer->key.kid());
        }
        return kids;
    }
};

TEST_F(KeyRingTest, NoKeyIsMadeForVerifying) {
    EXPECT_EQ(refusal("eyJhIjoxfQ.eyJhIjoxfQ.AAAA"), Errc::token_invalid);
    EXPECT_EQ(io::run_task(keys_.find("kid", current())).value(), nullptr);
    EXPECT_TRUE(io::run_task(keys_.verifying(current())).value().empty());
}

TEST_F(KeyRingTest, AllWhoRaceForTheFirstKeyGetTheSame) {
    KeyRing other(*database_, pool_);
    boost::asio::io_context loop;
    std::set<std::string> kids;
    std::size_t done = 0;
    for (int i = 0; i < 4; ++i) {
        for (KeyRing* ring : {&keys_, &other}) {
            boost::asio::co_spawn(loop, ring->ensure(),
                                  [&](std::exception_ptr thrown, Result<SignerPtr> signer) {
                                      ASSERT_FALSE(thrown);
                                      ASSERT_TRUE(signer.has_value());
                                      kids.insert((*signer)->key.kid() + (*signer)->registry_id);
                                      ++done;
                                  });
        }
    }
    loop.run();
    EXPECT_EQ(done, 8U);
    EXPECT_EQ(kids.size(), 1U);
    KeyRing later(*database_, pool_);
    const SignerPtr found = io::run_task(later.ensure()).value();
    EXPECT_TRUE(kids.contains(found->key.kid() + found->registry_id));
    EXPECT_EQ(found->registry_id.size(), 32U);
}

TEST_F(KeyRingTest, ARotationByAnotherProcessIsNoticed) {
    const std::string token = access_token();
    const std::string old = signing();
    const std::string registry_id = io::run_task(keys_.ensure()).value()->registry_id;
    rotate(now());
    const std::string fresh = signing();
    EXPECT_NE(fresh, old);
    EXPECT_EQ(io::run_task(keys_.ensure()).value()->registry_id, registry_id);
    EXPECT_EQ(published(current()), (std::vector<std::string>{fresh, old}));
    EXPECT_TRUE(io::run_task(verifier_.verify(token, "reg", current())).has_value());
    const std::string later = access_token();
    EXPECT_NE(later.substr(0, later.find('.')), token.substr(0, token.find('.')));
    EXPECT_TRUE(io::run_task(verifier_.verify(later, "reg", current())).has_value());
}

TEST_F(KeyRingTest, ARetiredKeyVerifiesUntilItsLastTokenHasEnded) {
    const std::string old = signing();
    const Timestamp retired = now();
    rotate(retired);
    const Seconds end = verifies_until(retired, {}).ticks / kTicksPerSecond;
    EXPECT_EQ(end, retired.ticks / kTicksPerSecond + kRefreshLifetime + 300);
    EXPECT_TRUE(verifies(old, end - 1));
    EXPECT_FALSE(verifies(old, end + 1));
    EXPECT_EQ(published(end + 1), std::vector<std::string>{signing()});
    EXPECT_TRUE(verifies(signing(), end + 1));
    EXPECT_EQ(io::run_task(keys_.prune(end - 1)).value(), 0U);
    EXPECT_EQ(io::run_task(keys_.prune(end + 1)).value(), 1U);
    EXPECT_FALSE(verifies(old, current()));
}

TEST_F(KeyRingTest, ARemovedKeyVerifiesNothing) {
    const std::string token = access_token();
    rotate(now());
    change([](db::Session& session) { return meta::prune_signing_keys(session, now()); });
    EXPECT_EQ(refusal(token), Errc::token_invalid);
}

TEST_F(KeyRingTest, ATokenThatIsRememberedEndsWithItsKey) {
    const std::string token = access_token();
    EXPECT_EQ(refusal(token), Errc::internal);
    EXPECT_EQ(verifier_.remembered(), 1U);
    rotate(now());
    EXPECT_EQ(refusal(token), Errc::internal);
    change([](db::Session& session) { return meta::prune_signing_keys(session, now()); });
    EXPECT_EQ(refusal(token), Errc::token_invalid);
}

TEST(VerifiesUntil, TheLongerLifetimeCounts) {
    constexpr Timestamp kRetired{kTicksPerSecond};
    TokenLifetimes lifetimes;
    lifetimes.access = 100;
    lifetimes.refresh = 10;
    EXPECT_EQ(verifies_until(kRetired, lifetimes), Timestamp{401 * kTicksPerSecond});
    lifetimes.refresh = 1000;
    EXPECT_EQ(verifies_until(kRetired, lifetimes), Timestamp{1301 * kTicksPerSecond});
}

TEST(TokenHeader, OnlyOurHeaderHasAKid) {
    EXPECT_EQ(kid_of_header(token_header("AB:CD")), "AB:CD");
    EXPECT_EQ(kid_of_header(token_header("")), "");
    for (const char* header :
         {"", "{}", R"({"alg":"RS256","typ":"JWT","kid":")",
          R"({"alg":"none","typ":"JWT","kid":"A"})", R"({"alg":"RS256","kid":"A","typ":"JWT"})",
          R"({"alg":"RS256","typ":"JWT","kid":"A"} )"}) {
        EXPECT_FALSE(kid_of_header(header)) << header;
    }
}

}  // namespace
}  // namespace berth::auth
