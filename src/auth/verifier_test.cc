// SPDX-License-Identifier: Apache-2.0
#include "auth/verifier.h"

#include "auth/password.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

namespace berth::auth {
namespace {

// Verifications on one thread; outcomes in the order they came.
class Asker {
  public:
    Asker(boost::asio::io_context& loop, Verifier& verifier) : loop_(loop), verifier_(verifier) {}

    // `password` and `hash` must outlive the run.
    void ask(const std::string& password, const std::string& hash) {
        const PasswordClaim claim("admin", password, hash);
        boost::asio::co_spawn(loop_, verifier_.verify(claim),
                              [this](std::exception_ptr thrown, Result<bool> outcome) {
                                  EXPECT_FALSE(thrown);
                                  outcomes.push_back(std::move(outcome));
                              });
    }

    // Runs what can run without waiting for the pool.
    void poll() { loop_.poll(); }

    void finish() { loop_.run(); }

    std::vector<Result<bool>> outcomes;

  private:
    boost::asio::io_context& loop_;
    Verifier& verifier_;
};

class VerifierTest : public testing::Test {
  protected:
    // Outlives each test's pool, whose last job may still be posting to it.
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

TEST_F(VerifierTest, WaitingChecksAreBounded) {
    constexpr std::size_t kFitting = Verifier::kRunningMax + Verifier::kWaitingMax;
    std::promise<void> gate;
    io::BlockingPool pool(1, 16);
    ASSERT_TRUE(pool.post([&gate] { gate.get_future().wait(); }));
    Verifier verifier(pool);
    Asker asker(loop_, verifier);
    std::vector<std::string> passwords;
    for (std::size_t i = 0; i < kFitting + 1; ++i) {
        passwords.push_back(std::to_string(i));
    }
    const std::string cheap = "*";  // malformed: refused without hashing
    for (const std::string& password : passwords) {
        asker.ask(password, cheap);
    }
    asker.poll();
    ASSERT_EQ(asker.outcomes.size(), 1U);
    ASSERT_FALSE(asker.outcomes[0].has_value());
    EXPECT_EQ(asker.outcomes[0].error().code, Errc::unavailable);

    gate.set_value();
    asker.finish();
    ASSERT_EQ(asker.outcomes.size(), kFitting + 1);
    for (std::size_t i = 1; i < asker.outcomes.size(); ++i) {
        ASSERT_TRUE(asker.outcomes[i].has_value());
        EXPECT_FALSE(*asker.outcomes[i]);
    }
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
