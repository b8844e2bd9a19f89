// SPDX-License-Identifier: Apache-2.0
#include "auth/sign_in_throttle.h"

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace berth::auth {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using SignIn = SignInThrottle::SignIn;

constexpr const char* kHome = "192.0.2.1";
constexpr const char* kElsewhere = "198.51.100.1";

class SignInThrottleTest : public testing::Test {
  protected:
    SignInThrottleTest() : throttle_(limits()) {}

    static Limits limits() {
        Limits limits;
        limits.wrong_passwords_max = 3;
        limits.wrong_passwords_per_address_max = 10;
        limits.wrong_passwords_per_account_max = 20;
        limits.sign_in_delay_max = seconds(8);
        return limits;
    }

    static std::string fresh(std::size_t number) { return "guess " + std::to_string(number); }

    Result<SignInThrottle::Attempt> begin(const SignIn& sign_in) {
        return throttle_.begin(sign_in, now_);
    }

    // The wait that was told; zero: the password was looked at, and found wrong.
    seconds guess(const std::string& account, const std::string& address) {
        auto attempt = begin(SignIn(account, fresh(++guesses_), address));
        if (!attempt) {
            EXPECT_EQ(attempt.error().code, Errc::rate_limited);
            return attempt.error().retry_after.value_or(seconds(-1));
        }
        attempt->failed(now_);
        return seconds(0);
    }

    seconds sign_in(const std::string& account, const std::string& address) {
        auto attempt = begin(SignIn(account, "right", address));
        if (!attempt) {
            return attempt.error().retry_after.value_or(seconds(-1));
        }
        attempt->succeeded(now_);
        return seconds(0);
    }

    void guess_until_waiting(const std::string& account, const std::string& address) {
        while (guess(account, address) == seconds(0)) {
        }
    }

    SignInThrottle throttle_;
    SignInThrottle::Time now_ = SignInThrottle::Time(seconds(100'000));
    std::size_t guesses_ = 0;
};

TEST_F(SignInThrottleTest, APairWaitsLongerAndLonger) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(guess("alice", kHome), seconds(0)) << i;
    }
    for (const int wait : {1, 2, 4, 8, 8, 8}) {
        EXPECT_EQ(guess("alice", kHome), seconds(wait));
        now_ += seconds(wait) - milliseconds(1);
        EXPECT_EQ(guess("alice", kHome), seconds(1));
        now_ += milliseconds(1);
        EXPECT_EQ(guess("alice", kHome), seconds(0));
    }
}

TEST_F(SignInThrottleTest, TheRightPasswordWaitsToo) {
    guess_until_waiting("alice", kHome);
    EXPECT_EQ(sign_in("alice", kHome), seconds(1));
    now_ += seconds(1);
    EXPECT_EQ(sign_in("alice", kHome), seconds(0));
    EXPECT_EQ(guess("alice", kHome), seconds(0)) << "the right one cleared the count";
}

TEST_F(SignInThrottleTest, WrongOnesAreForgotten) {
    guess_until_waiting("alice", kHome);
    now_ += minutes(15) + seconds(8);
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(guess("alice", kHome), seconds(0)) << i;
    }
    EXPECT_EQ(guess("alice", kHome), seconds(1));
}

TEST_F(SignInThrottleTest, OtherPairsDoNotWait) {
    guess_until_waiting("alice", kHome);
    EXPECT_EQ(sign_in("bob", kHome), seconds(0));
    EXPECT_EQ(sign_in("alice", kElsewhere), seconds(0));
}

TEST_F(SignInThrottleTest, GuessesAtOnceAreNoMoreThanGuessesInTurn) {
    std::vector<SignInThrottle::Attempt> running;
    for (std::size_t i = 0; i < 200; ++i) {
        auto attempt = begin(SignIn("alice", fresh(i), kHome));
        if (attempt) {
            running.push_back(*std::move(attempt));
        } else {
            EXPECT_EQ(attempt.error().retry_after, seconds(1));
        }
    }
    EXPECT_EQ(running.size(), 3U);
    for (SignInThrottle::Attempt& attempt : running) {
        attempt.failed(now_);
    }
    now_ += seconds(1);
    const auto fourth = begin(SignIn("alice", "x", kHome));
    EXPECT_TRUE(fourth.has_value());
    EXPECT_FALSE(begin(SignIn("alice", "y", kHome)).has_value());
}

TEST_F(SignInThrottleTest, TheSamePasswordAtOnceCountsOnce) {
    std::vector<SignInThrottle::Attempt> running;
    for (int i = 0; i < 50; ++i) {
        auto attempt = begin(SignIn("alice", "stale", kHome));
        ASSERT_TRUE(attempt.has_value()) << i;
        running.push_back(*std::move(attempt));
    }
    for (SignInThrottle::Attempt& attempt : running) {
        attempt.failed(now_);
    }
    EXPECT_EQ(guess("alice", kHome), seconds(0));
    EXPECT_EQ(guess("alice", kHome), seconds(0));
    EXPECT_EQ(guess("alice", kHome), seconds(1));
}

TEST_F(SignInThrottleTest, WhatWasNotCheckedDoesNotCount) {
    for (std::size_t i = 0; i < 20; ++i) {
        EXPECT_TRUE(begin(SignIn("alice", fresh(i), kHome)).has_value()) << i;
    }
}

TEST_F(SignInThrottleTest, AnAddressWaitsWhateverTheAccount) {
    for (int i = 0; i < 10; ++i) {
        EXPECT_EQ(guess("user" + std::to_string(i), kHome), seconds(0)) << i;
    }
    EXPECT_EQ(guess("another", kHome), seconds(6));
    EXPECT_EQ(sign_in("another", kElsewhere), seconds(0));
    now_ += seconds(6);
    EXPECT_EQ(guess("another", kHome), seconds(0));
    EXPECT_EQ(guess("one more", kHome), seconds(6));
}

TEST_F(SignInThrottleTest, WhoSignedInBeforeIsNotHeldUpByHisAddress) {
    EXPECT_EQ(sign_in("bob", kHome), seconds(0));
    for (int i = 0; i < 10; ++i) {
        guess("user" + std::to_string(i), kHome);
    }
    EXPECT_EQ(sign_in("alice", kHome), seconds(6));
    EXPECT_EQ(sign_in("bob", kHome), seconds(0));
    EXPECT_TRUE(begin(SignIn("bob", "right", kHome))->known());
}

TEST_F(SignInThrottleTest, NobodyLocksOutAnAccountWhereItSignedInBefore) {
    EXPECT_EQ(sign_in("alice", kHome), seconds(0));
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(guess("alice", "203.0.113." + std::to_string(i)), seconds(0)) << i;
    }
    EXPECT_EQ(guess("alice", "203.0.113.99"), seconds(3));
    EXPECT_EQ(sign_in("alice", kElsewhere), seconds(3)) << "strange to alice";
    EXPECT_EQ(sign_in("alice", kHome), seconds(0));
    EXPECT_EQ(sign_in("bob", kElsewhere), seconds(0));
    now_ += seconds(3);
    EXPECT_EQ(sign_in("alice", kElsewhere), seconds(0));
    EXPECT_FALSE(begin(SignIn("bob", "right", kHome))->known());
}

TEST_F(SignInThrottleTest, AnIpv6AddressCountsWithItsNetwork) {
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(guess("alice", "2001:db8::" + std::to_string(i + 1)), seconds(0));
    }
    EXPECT_EQ(guess("alice", "2001:db8::ffff"), seconds(1));
    EXPECT_EQ(guess("alice", "2001:db8:0:1::1"), seconds(0));
}

TEST_F(SignInThrottleTest, WhatIsRememberedDoesNotWait) {
    EXPECT_EQ(sign_in("alice", kHome), seconds(0));
    guess_until_waiting("alice", kHome);
    for (int i = 0; i < 100; ++i) {
        EXPECT_TRUE(begin(SignIn("alice", "right", kHome, true)).has_value());
    }
}

// Else the answers would tell which password is the remembered one.
TEST_F(SignInThrottleTest, ManyWrongOnesWhileWaitingHoldUpTheRememberedOneToo) {
    EXPECT_EQ(sign_in("alice", kHome), seconds(0));
    guess_until_waiting("alice", kHome);
    for (int i = 0; i < 10; ++i) {
        EXPECT_NE(guess("alice", kHome), seconds(0));
    }
    EXPECT_FALSE(begin(SignIn("alice", "right", kHome, true)).has_value());
    now_ += seconds(1);
    EXPECT_TRUE(begin(SignIn("alice", "right", kHome, true)).has_value());
}

// Wrong passwords for accounts without number, from addresses without number.
TEST_F(SignInThrottleTest, ManyEntriesDoNotUndoACount) {
    EXPECT_EQ(sign_in("alice", kElsewhere), seconds(0));
    guess_until_waiting("alice", kHome);
    now_ += seconds(1);
    EXPECT_EQ(guess("alice", kHome), seconds(0));
    for (std::size_t i = 0; i < SignInThrottle::kEntriesMax * 2; ++i) {
        const std::string number = std::to_string(i);
        ASSERT_EQ(guess("user " + number, "address " + number), seconds(0));
    }
    EXPECT_EQ(guess("alice", kHome), seconds(2));
    EXPECT_TRUE(begin(SignIn("alice", "right", kElsewhere))->known());
}

TEST_F(SignInThrottleTest, AttemptsMayOutliveIt) {
    auto throttle = std::make_unique<SignInThrottle>(limits());
    auto attempt = throttle->begin(SignIn("alice", "x", kHome), now_);
    ASSERT_TRUE(attempt.has_value());
    throttle.reset();
    attempt->failed(now_);
}

TEST_F(SignInThrottleTest, FromManyThreads) {
    constexpr int kThreads = 4;
    std::vector<std::jthread> threads;
    threads.reserve(kThreads);
    for (int thread = 0; thread < kThreads; ++thread) {
        threads.emplace_back([this, thread] {
            for (std::size_t i = 0; i < 2000; ++i) {
                const std::string account = "user" + std::to_string(i % 7);
                auto attempt = throttle_.begin(SignIn(account, fresh(i), kHome), now_);
                if (attempt && (i + static_cast<std::size_t>(thread)) % 3 == 0) {
                    attempt->failed(now_);
                } else if (attempt) {
                    attempt->succeeded(now_);
                }
            }
        });
    }
    threads.clear();
    now_ += minutes(20);
    EXPECT_EQ(sign_in("user1", kHome), seconds(0));
}

}  // namespace
}  // namespace berth::auth
