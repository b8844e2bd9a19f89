// SPDX-License-Identifier: Apache-2.0
#include "auth/key_ring.h"

#include "auth/testing/tokens_fixture.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <set>

namespace berth::auth {
namespace {

class KeyRingTest : public TokensFixture {};

TEST_F(KeyRingTest, NoKeyIsMadeForVerifying) {
    EXPECT_EQ(refusal("eyJhIjoxfQ.eyJhIjoxfQ.AAAA"), Errc::token_invalid);
    EXPECT_EQ(io::run_task(keys_.find()).value(), nullptr);
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
    const SignerPtr found = io::run_task(later.find()).value();
    EXPECT_TRUE(kids.contains(found->key.kid() + found->registry_id));
    EXPECT_EQ(found->registry_id.size(), 32U);
}

}  // namespace
}  // namespace berth::auth
