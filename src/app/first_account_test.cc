// SPDX-License-Identifier: Apache-2.0
#include "app/first_account.h"

#include "http/testing/fake_body.h"
#include "http/testing/scripted_service.h"
#include "io/testing/run_task.h"

#include <gtest/gtest.h>

#include <exception>
#include <thread>

namespace berth::app {
namespace {

class FirstAccountTest : public testing::Test {
  protected:
    /// Has it answered once everything is done that can be done now?
    bool answers(http::Method method, bool with_credentials) {
        http::RequestHead head;
        head.method = method;
        head.target = "/anything";
        if (with_credentials) {
            head.headers.push_back({.name = "authorization", .value = "Basic YTpi"});
        }
        http::FakeBody body({});
        http::Exchange exchange(head, body, "192.0.2.1", false);
        bool answered = false;
        const auto done = [](const std::exception_ptr& thrown) { EXPECT_EQ(thrown, nullptr); };
        boost::asio::co_spawn(io::test_loop(), ask(exchange, answered), done);
        io::test_loop().restart();
        io::test_loop().poll();
        const bool at_once = answered;
        account_.settle();
        while (!answered) {
            io::test_loop().restart();
            io::test_loop().run_one();
        }
        return at_once;
    }

    io::Task<void> ask(http::Exchange& exchange, bool& answered) {
        const http::Response response = co_await account_.handle(exchange);
        EXPECT_EQ(response.status, 200);
        answered = true;
    }

    http::ScriptedService registry_;
    FirstAccount account_{registry_};
};

TEST_F(FirstAccountTest, WhoAsksWithoutCredentialsNeedNotWait) {
    EXPECT_TRUE(answers(http::Method::get, false));
}

TEST_F(FirstAccountTest, WhoShowsCredentialsWaits) {
    EXPECT_FALSE(answers(http::Method::get, true));
    EXPECT_TRUE(answers(http::Method::get, true)) << "from then on nobody does";
}

TEST_F(FirstAccountTest, ABodyMayHoldAPassword) {
    EXPECT_FALSE(answers(http::Method::post, false));
}

io::Task<http::Response> settle_meanwhile(FirstAccount& account, http::Exchange& exchange,
                                          std::jthread& other) {
    other = std::jthread([&account] { account.settle(); });
    co_return co_await account.handle(exchange);
}

TEST_F(FirstAccountTest, NobodyIsForgottenWhenItSettlesMeanwhile) {
    for (int i = 0; i < 100; ++i) {
        FirstAccount account(registry_);
        http::RequestHead head;
        head.method = http::Method::put;
        head.target = "/x";
        http::FakeBody body({});
        http::Exchange exchange(head, body, "192.0.2.1", false);
        std::jthread other;
        EXPECT_EQ(io::run_task(settle_meanwhile(account, exchange, other)).status, 200);
    }
}

}  // namespace
}  // namespace berth::app
