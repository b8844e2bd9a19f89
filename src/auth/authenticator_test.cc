// SPDX-License-Identifier: Apache-2.0
#include "auth/authenticator.h"

#include "auth/password.h"
#include "auth/testing/accounts_fixture.h"
#include "auth/token_claims.h"
#include "auth/verifier.h"
#include "base/encode.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <future>
#include <vector>

namespace berth::auth {
namespace {

std::string basic(const std::string& name, const std::string& password) {
    const std::string pair = name + ":" + password;
    return "Basic " + base64_encode(as_bytes(pair));
}

class AuthenticatorTest : public AccountsFixture {
  protected:
    using Outcome = Result<oci::Principal>;

    void SetUp() override { put("admin", *hash_password("secret")); }

    // Runs all `headers` at once on one thread.
    std::vector<Outcome> ask(Authenticator& authenticator,
                             const std::vector<std::optional<std::string>>& headers) {
        std::vector<Outcome> outcomes;
        for (const auto& header : headers) {
            boost::asio::co_spawn(loop_,
                                  authenticator.authenticate(header, Arrival{"reg", "192.0.2.1"}),
                                  [&outcomes](std::exception_ptr thrown, Outcome outcome) {
                                      EXPECT_FALSE(thrown);
                                      outcomes.push_back(std::move(outcome));
                                  });
        }
        loop_.restart();
        loop_.run();
        EXPECT_EQ(outcomes.size(), headers.size());
        return outcomes;
    }

    Outcome ask_one(Authenticator& authenticator, std::optional<std::string> header) {
        return ask(authenticator, {std::move(header)}).front();
    }

    static Errc code_of(const Outcome& outcome) {
        return outcome ? Errc::internal : outcome.error().code;
    }

    // These tests guess more than a caller may; the throttle has its own.
    static Limits generous() {
        Limits limits;
        limits.wrong_passwords_max = 100;
        return limits;
    }

    Limits limits_ = generous();
    SignInThrottle throttle_{limits_};
    boost::asio::io_context loop_;
};

// Occupies the only thread of a pool and its only place in the queue.
class Blocker {
  public:
    explicit Blocker(io::BlockingPool& pool) {
        const std::shared_future<void> gate = gate_.get_future().share();
        EXPECT_TRUE(pool.post([this, gate] {
            running_.set_value();
            gate.wait();
        }));
        running_.get_future().wait();
        EXPECT_TRUE(pool.post([gate] { gate.wait(); }));
    }

    Blocker(const Blocker&) = delete;
    Blocker& operator=(const Blocker&) = delete;

    ~Blocker() { gate_.set_value(); }

  private:
    std::promise<void> running_;
    std::promise<void> gate_;
};

TEST_F(AuthenticatorTest, AbsentHeaderIsAnonymous) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    const Outcome outcome = ask_one(authenticator, std::nullopt);
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->kind, oci::Principal::Kind::anonymous);
    EXPECT_EQ(outcome->name, "");
}

TEST_F(AuthenticatorTest, RightPasswordIsTheAccount) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    const Outcome outcome = ask_one(authenticator, basic("admin", "secret"));
    ASSERT_TRUE(outcome.has_value()) << outcome.error().log_detail;
    EXPECT_EQ(outcome->kind, oci::Principal::Kind::admin);
    EXPECT_EQ(outcome->name, "admin");
}

TEST_F(AuthenticatorTest, EverythingElseIsUnauthenticated) {
    io::BlockingPool pool(2, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    for (const std::string& header :
         {basic("admin", "wrong"), basic("admin", ""), basic("nobody", "secret"),
          basic("Admin", "secret"), std::string("Digest eyJhbGciOi"), std::string("Basic ???"),
          basic(std::string(kNilGuid), "secret"), std::string()}) {
        EXPECT_EQ(code_of(ask_one(authenticator, header)), Errc::unauthenticated) << header;
    }
}

// An unknown name goes through the pool as a known one does: refused alike when it is full.
TEST_F(AuthenticatorTest, UnknownAccountCostsAHash) {
    io::BlockingPool pool(1, 1);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    const Blocker blocker(pool);
    EXPECT_EQ(code_of(ask_one(authenticator, basic("nobody", "secret"))), Errc::unavailable);
    EXPECT_EQ(code_of(ask_one(authenticator, basic("admin", "secret"))), Errc::unavailable);
}

// Of the only thread of `pool`, until now.
std::chrono::nanoseconds processor_time(io::BlockingPool& pool) {
    std::promise<std::chrono::nanoseconds> taken;
    EXPECT_TRUE(pool.post([&taken] {
        timespec time{};
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
        taken.set_value(std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec));
    }));
    return taken.get_future().get();
}

// Not how long it takes, which depends on the machine, but how much work it is: as much as for the
// account with most passwords. One hash of two would be half of it.
TEST_F(AuthenticatorTest, ARefusalCostsTheSameWhetherThereIsAnAccountOrNot) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    put("both", *hash_password("secret"));
    meta::PasswordRow second;
    second.hash = *hash_password("second");
    change([&](db::Session& session) { return meta::put_password(session, "both", 2, second); });
    const auto cost_of = [&](const std::string& name) {
        const auto before = processor_time(pool);
        for (int i = 0; i < 4; ++i) {
            const std::string header = basic(name, "guess" + std::to_string(i));
            EXPECT_EQ(code_of(ask_one(authenticator, header)), Errc::unauthenticated);
        }
        return processor_time(pool) - before;
    };
    const auto most = cost_of("both");
    EXPECT_GT(cost_of("admin") * 4, most * 3);
    EXPECT_GT(cost_of("nobody") * 4, most * 3);
}

TEST_F(AuthenticatorTest, RememberedPasswordNeedsNoHash) {
    io::BlockingPool pool(1, 1);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    ASSERT_TRUE(ask_one(authenticator, basic("admin", "secret")).has_value());
    EXPECT_FALSE(ask_one(authenticator, basic("admin", "wrong")).has_value());
    const Blocker blocker(pool);
    EXPECT_TRUE(ask_one(authenticator, basic("admin", "secret")).has_value());
    EXPECT_EQ(code_of(ask_one(authenticator, basic("admin", "wrong"))), Errc::unavailable);
}

TEST_F(AuthenticatorTest, DisabledAccountEndsAtOnce) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    ASSERT_TRUE(ask_one(authenticator, basic("admin", "secret")).has_value());
    const auto row = find("admin");
    ASSERT_TRUE(row.has_value());
    put("admin", row->passwords.front()->hash, false);
    EXPECT_EQ(code_of(ask_one(authenticator, basic("admin", "secret"))), Errc::unauthenticated);
}

TEST_F(AuthenticatorTest, ChangedPasswordEndsTheOldOneAtOnce) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    ASSERT_TRUE(ask_one(authenticator, basic("admin", "secret")).has_value());
    put("admin", *hash_password("newer"));
    EXPECT_EQ(code_of(ask_one(authenticator, basic("admin", "secret"))), Errc::unauthenticated);
    EXPECT_TRUE(ask_one(authenticator, basic("admin", "newer")).has_value());
}

TEST_F(AuthenticatorTest, EitherPasswordWillDoUntilItExpires) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    meta::PasswordRow second;
    second.hash = *hash_password("second");
    const auto put_second = [&](db::Session& session) {
        return meta::put_password(session, "admin", 2, second);
    };
    change(put_second);
    EXPECT_TRUE(ask_one(authenticator, basic("admin", "secret")).has_value());
    EXPECT_TRUE(ask_one(authenticator, basic("admin", "second")).has_value());
    second.expires_at = Timestamp{now().ticks - 1};
    change(put_second);
    EXPECT_TRUE(ask_one(authenticator, basic("admin", "secret")).has_value());
    EXPECT_EQ(code_of(ask_one(authenticator, basic("admin", "second"))), Errc::unauthenticated);
}

TEST_F(AuthenticatorTest, AnAccountWithoutPasswordsTakesNone) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    change(
        [](db::Session& session) { return meta::put_password(session, "admin", 1, std::nullopt); });
    EXPECT_EQ(code_of(ask_one(authenticator, basic("admin", "secret"))), Errc::unauthenticated);
    EXPECT_EQ(code_of(ask_one(authenticator, basic("admin", ""))), Errc::unauthenticated);
}

TEST_F(AuthenticatorTest, AnExpiredAccountIsNobody) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    meta::AccountRow row = *find("admin");
    row.expires_at = Timestamp{now().ticks - 1};
    change([&row](db::Session& session) { return meta::change_account(session, row, now()); });
    EXPECT_EQ(code_of(ask_one(authenticator, basic("admin", "secret"))), Errc::unauthenticated);
}

TEST_F(AuthenticatorTest, ATokenAccountHasTheRulesOfItsScopeMaps) {
    io::BlockingPool pool(1, 16);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    meta::AccountRow row;
    row.name = "ci";
    row.kind = meta::AccountKind::token;
    row.scope_maps = {"_repositories_pull"};
    row.passwords.front().emplace().hash = *hash_password("pulling");
    create(row);
    const Outcome outcome = ask_one(authenticator, basic("ci", "pulling"));
    ASSERT_TRUE(outcome.has_value());
    EXPECT_EQ(outcome->kind, oci::Principal::Kind::token);
    EXPECT_EQ(outcome->sign_in, oci::SignIn::password);
    ASSERT_EQ(outcome->rules->size(), 1U);
    EXPECT_EQ(outcome->rules->front().pattern, "*");
}

// Sixteen requests of one client fit through a queue of one because they share one check.
TEST_F(AuthenticatorTest, BurstSharesOneHash) {
    io::BlockingPool pool(1, 1);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    const std::vector<std::optional<std::string>> burst(16, basic("admin", "secret"));
    for (const Outcome& outcome : ask(authenticator, burst)) {
        EXPECT_TRUE(outcome.has_value());
    }
}

TEST_F(AuthenticatorTest, DifferentPasswordsWaitForEachOther) {
    io::BlockingPool pool(1, 8);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    std::vector<std::optional<std::string>> headers;
    for (int i = 0; i < 12; ++i) {
        headers.emplace_back(basic("admin", "guess" + std::to_string(i)));
    }
    for (const Outcome& outcome : ask(authenticator, headers)) {
        EXPECT_EQ(code_of(outcome), Errc::unauthenticated);
    }
}

// With a pool that takes nothing every waiting check is refused; none is left waiting for ever.
TEST_F(AuthenticatorTest, FullPoolRefusesAll) {
    io::BlockingPool pool(1, 1);
    KeyRing keys(*database_, pool);
    Directory directory(*database_);
    Authenticator authenticator(Authenticator::Parts{directory, pool, keys, throttle_});
    const Blocker blocker(pool);
    std::vector<std::optional<std::string>> headers;
    for (int i = 0; i < 6; ++i) {
        headers.emplace_back(basic("admin", "guess" + std::to_string(i)));
    }
    for (const Outcome& outcome : ask(authenticator, headers)) {
        EXPECT_EQ(code_of(outcome), Errc::unavailable);
    }
}

}  // namespace
}  // namespace berth::auth
