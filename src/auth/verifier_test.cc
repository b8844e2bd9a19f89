// SPDX-License-Identifier: Apache-2.0
#include "auth/verifier.h"

#include "auth/password.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <string>
#include <vector>

namespace berth::auth {
namespace {

// Verifications on one thread; outcomes in the order they came.
class Asker {
  public:
    Asker(boost::asio::io_context& loop, Verifier& verifier) : loop_(loop), verifier_(verifier) {}

    // The texts must outlive the run.
    void ask(const std::string& password, const std::string& hash, std::string_view address = {},
             bool known = false) {
        const PasswordClaim claim("admin", password, hash, address, known);
        boost::asio::co_spawn(
            loop_, verifier_.verify(claim),
            [this, address](const std::exception_ptr& thrown, Result<bool> outcome) {
                EXPECT_FALSE(thrown);
                (outcome ? checked : refused).emplace_back(address);
                if (!outcome) {
                    EXPECT_EQ(outcome.error().code, Errc::rate_limited);
                    EXPECT_GT(outcome.error().retry_after.value_or(std::chrono::seconds(0)).count(),
                              0);
                }
                outcomes.push_back(std::move(outcome));
            });
    }

    // Runs what can run without waiting for the pool.
    void poll() { loop_.poll(); }

    void finish() { loop_.run(); }

    std::vector<Result<bool>> outcomes;
    // Addresses, in the order their outcomes came.
    std::vector<std::string> checked;
    std::vector<std::string> refused;

  private:
    boost::asio::io_context& loop_;
    Verifier& verifier_;
};

class VerifierTest : public testing::Test {
  protected:
    boost::asio::io_context loop_;
};

TEST_F(VerifierTest, RightAndWrong) {
    io::BlockingPool pool(2, 16);
    Verifier verifier(pool);
    const std::string hash = *hash_password("secret");
    for (const auto& [password, right] :
         {std::pair(std::string("secret"), true), std::pair(std::string("Secret"), false)}) {
        loop_.restart();
        Asker asker(loop_, verifier);
        asker.ask(password, hash);
        asker.finish();
        ASSERT_EQ(asker.outcomes.size(), 1U);
        ASSERT_TRUE(asker.outcomes[0].has_value());
        EXPECT_EQ(*asker.outcomes[0], right) << password;
    }
}

// A verifier whose checks wait until open() is called.
class CrowdedVerifierTest : public VerifierTest {
  protected:
    CrowdedVerifierTest() {
        EXPECT_TRUE(pool_.post([this] { gate_.get_future().wait(); }));
        for (std::size_t i = 0; i < 2000; ++i) {
            passwords_.push_back(std::to_string(i));
        }
    }

    // Malformed as a hash: refused without hashing.
    void ask(std::size_t times, std::string_view address, bool known = false) {
        for (std::size_t i = 0; i < times; ++i) {
            asker_.ask(passwords_.at(asked_++), cheap_, address, known);
        }
        asker_.poll();
    }

    void open() {
        gate_.set_value();
        asker_.finish();
    }

    const std::string cheap_ = "*";
    std::vector<std::string> passwords_;
    std::size_t asked_ = 0;
    std::promise<void> gate_;
    io::BlockingPool pool_ = io::BlockingPool(1, 16);
    Verifier verifier_ = Verifier(pool_);
    Asker asker_ = Asker(loop_, verifier_);
};

constexpr std::size_t kFitting = Verifier::kRunningMax + Verifier::kWaitingMax;

TEST_F(CrowdedVerifierTest, WaitingChecksAreBounded) {
    ask(kFitting + 1, "192.0.2.1");
    EXPECT_EQ(asker_.refused.size(), 1U);
    open();
    EXPECT_EQ(asker_.checked.size(), kFitting);
}

TEST_F(CrowdedVerifierTest, AFullQueueMakesRoomForOtherAddresses) {
    ask(kFitting + 50, "192.0.2.1");
    EXPECT_EQ(asker_.refused.size(), 50U);
    ask(5, "198.51.100.1");
    ask(5, "2001:db8::1");
    ask(5, "2001:db8::2");
    const std::vector<std::string> loser(65, "192.0.2.1");
    EXPECT_EQ(asker_.refused, loser);
    ask(Verifier::kWaitingMax, "198.51.100.1");
    EXPECT_EQ(std::ranges::count(asker_.refused, "2001:db8::1"), 0);
    open();
    // Those that were running already, then one of each (2001:db8:: is one) by turns.
    const std::vector<std::string> first(asker_.checked.begin() + Verifier::kRunningMax,
                                         asker_.checked.begin() + Verifier::kRunningMax + 6);
    const std::vector<std::string> turns = {"192.0.2.1", "198.51.100.1", "2001:db8::1",
                                            "192.0.2.1", "198.51.100.1", "2001:db8::1"};
    EXPECT_EQ(first, turns);
}

TEST_F(CrowdedVerifierTest, ManyAddressesShareThePlaces) {
    for (std::size_t i = 0; i < kFitting; ++i) {
        ask(1, passwords_.at(i));
    }
    EXPECT_TRUE(asker_.refused.empty());
    ask(1, "192.0.2.1");
    EXPECT_EQ(asker_.refused, std::vector<std::string>{"192.0.2.1"}) << "all have one";
    open();
}

TEST_F(CrowdedVerifierTest, KnownCallersHaveTheirOwnPlaces) {
    ask(kFitting, "203.0.113.1");
    ask(3, "192.0.2.1", true);
    EXPECT_TRUE(asker_.refused.empty());
    open();
    const std::vector<std::string> first(asker_.checked.begin() + Verifier::kRunningMax,
                                         asker_.checked.begin() + Verifier::kRunningMax + 6);
    EXPECT_EQ(std::ranges::count(first, "192.0.2.1"), 3);
}

TEST_F(VerifierTest, RemembersWhatWasRightWhereItWasRight) {
    io::BlockingPool pool(2, 16);
    Verifier verifier(pool);
    Asker asker(loop_, verifier);
    const std::string hash = *hash_password("secret");
    const std::string right = "secret";
    const std::string wrong = "Secret";
    asker.ask(right, hash, "192.0.2.1");
    asker.ask(wrong, hash, "192.0.2.1");
    asker.finish();
    EXPECT_TRUE(verifier.remembers(PasswordClaim("admin", right, hash, "192.0.2.1")));
    EXPECT_FALSE(verifier.remembers(PasswordClaim("admin", wrong, hash, "192.0.2.1")));
    EXPECT_FALSE(verifier.remembers(PasswordClaim("admin", right, hash, "192.0.2.2")));
    EXPECT_FALSE(verifier.remembers(PasswordClaim("Admin", right, hash, "192.0.2.1")));
}

TEST_F(VerifierTest, OverlongPasswordsAreWrongWithoutACheck) {
    io::BlockingPool pool(2, 16);
    Verifier verifier(pool);
    Asker asker(loop_, verifier);
    const std::string hash = *hash_password("secret");
    const std::string overlong(100'000, 'a');
    asker.ask(overlong, hash);
    asker.poll();
    ASSERT_EQ(asker.outcomes.size(), 1U);
    ASSERT_TRUE(asker.outcomes[0].has_value());
    EXPECT_FALSE(*asker.outcomes[0]);
}

TEST_F(VerifierTest, SameClaimSharesOneCheck) {
    std::promise<void> gate;
    io::BlockingPool pool(1, 1);
    std::promise<void> running;
    ASSERT_TRUE(pool.post([&gate, &running] {
        running.set_value();
        gate.get_future().wait();
    }));
    running.get_future().wait();
    Verifier verifier(pool);
    Asker asker(loop_, verifier);
    const std::string password = "secret";
    const std::string hash = *hash_password(password);
    for (int i = 0; i < 8; ++i) {
        asker.ask(password, hash);  // the first takes the queue's only place
    }
    asker.poll();
    EXPECT_TRUE(asker.outcomes.empty());
    gate.set_value();
    asker.finish();
    ASSERT_EQ(asker.outcomes.size(), 8U);
    for (const Result<bool>& outcome : asker.outcomes) {
        ASSERT_TRUE(outcome.has_value());
        EXPECT_TRUE(*outcome);
    }
}

// The jobs on the pool hold what they need.
TEST_F(VerifierTest, MayEndBeforeItsJobs) {
    std::promise<void> gate;
    io::BlockingPool pool(1, 16);
    ASSERT_TRUE(pool.post([&gate] { gate.get_future().wait(); }));
    const std::string password = "secret";
    const std::string hash = "*";
    auto verifier = std::make_unique<Verifier>(pool);
    Asker asker(loop_, *verifier);
    asker.ask(password, hash);
    asker.poll();
    verifier.reset();
    gate.set_value();
    asker.finish();
    EXPECT_EQ(asker.outcomes.size(), 1U);
}

}  // namespace
}  // namespace berth::auth
