// SPDX-License-Identifier: Apache-2.0
#include "io/listener.h"

#include "io/testing/loopback.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>

#include <chrono>
#include <fstream>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

namespace berth::io {
namespace {

namespace asio = boost::asio;

constexpr std::uint32_t kMany = 100;

/// Greets, then holds the connection until the peer says something or ends.
Task<void> greet(Loop& /*loop*/, asio::ip::tcp::socket socket) {
    co_await asio::async_write(socket, asio::buffer("hi", 2), asio::use_awaitable);
    char byte = 0;
    boost::system::error_code ignored;
    co_await socket.async_receive(asio::buffer(&byte, 1),
                                  asio::redirect_error(asio::use_awaitable, ignored));
}

/// "hi" when served, "" when the connection was closed on arrival.
std::string greeting(int fd) {
    char text[2];
    const ssize_t got = ::recv(fd, text, sizeof(text), MSG_WAITALL);
    return {text, got > 0 ? static_cast<std::size_t>(got) : 0};
}

/// Until that thread of this process waits for something.
void await_waiting(pid_t thread) {
    const std::string path = "/proc/self/task/" + std::to_string(thread) + "/stat";
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    std::string text;
    do {
        ASSERT_LT(std::chrono::steady_clock::now(), limit);
        std::this_thread::yield();
        std::getline(std::ifstream(path), text);
    } while (text.find(") S ") == std::string::npos);
}

class ListenerTest : public testing::Test {
  protected:
    Result<std::unique_ptr<Listener>> open(const std::string& address,
                                           std::uint32_t connections_max = kMany) {
        limits_.push_back(std::make_unique<ConnectionLimit>(connections_max));
        return Listener::open(runtime_, address, *limits_.back(), greet);
    }

    void start(std::uint32_t connections_max = kMany) {
        auto opened = open("127.0.0.1:0", connections_max);
        ASSERT_TRUE(opened) << opened.error().log_detail;
        listener_ = *std::move(opened);
        runtime_.start();
    }

    FileHandle connect() { return FileHandle(connect_to(listener_->port())); }

    ~ListenerTest() override {
        runtime_.stop();
        listener_.reset();
    }

    std::vector<std::unique_ptr<ConnectionLimit>> limits_;
    Runtime runtime_{2};
    std::unique_ptr<Listener> listener_;
};

TEST_F(ListenerTest, PortZeroPicksAFreeOneAndServes) {
    start();
    EXPECT_NE(listener_->port(), 0);
    EXPECT_EQ(listener_->host(), "127.0.0.1");
    for (int i = 0; i < 8; ++i) {
        const FileHandle client = connect();
        EXPECT_EQ(greeting(client.fd()), "hi");
    }
}

TEST_F(ListenerTest, ANameIsResolved) {
    const auto opened = open("localhost:0");
    ASSERT_TRUE(opened) << opened.error().log_detail;
    EXPECT_NE((*opened)->port(), 0);
}

TEST_F(ListenerTest, RefusesAnAddressAnotherListenerHas) {
    start();
    Runtime second_runtime(1);
    const std::string address = "127.0.0.1:" + std::to_string(listener_->port());
    ConnectionLimit limit(kMany);
    const auto second = Listener::open(second_runtime, address, limit, greet);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, Errc::io_error);
    EXPECT_THAT(second.error().log_detail, testing::HasSubstr(address));
    EXPECT_THAT(second.error().log_detail, testing::HasSubstr("in use"));
}

// Two servers with SO_REUSEPORT would share the port in silence, each getting half the requests.
TEST_F(ListenerTest, RefusesAnAddressSharedByAStranger) {
    const FileHandle stranger(::socket(AF_INET, SOCK_STREAM, 0));
    const int on = 1;
    ::setsockopt(stranger.fd(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on));
    ::setsockopt(stranger.fd(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address = loopback_address(0);
    socklen_t length = sizeof(address);
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    ASSERT_EQ(::bind(stranger.fd(), generic, length), 0);
    ASSERT_EQ(::listen(stranger.fd(), 1), 0);
    ASSERT_EQ(::getsockname(stranger.fd(), generic, &length), 0);
    const auto opened = open("127.0.0.1:" + std::to_string(ntohs(address.sin_port)));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Errc::io_error);
}

TEST_F(ListenerTest, RefusesWhatIsNoAddress) {
    for (const char* address :
         {"", "5000", "localhost", "127.0.0.1:", "127.0.0.1:http", "127.0.0.1:70000",
          "127.0.0.1:-1", "127.0.0.1:50 ", "[::1]", "no such host:0", "127.0.0.1.5:0"}) {
        const auto opened = open(address);
        ASSERT_FALSE(opened) << address;
        EXPECT_EQ(opened.error().code, Errc::bad_request) << address;
    }
}

TEST_F(ListenerTest, ClosesWhatIsBeyondTheLimit) {
    start(1);
    FileHandle first = connect();
    ASSERT_EQ(greeting(first.fd()), "hi");
    const FileHandle second = connect();
    EXPECT_EQ(greeting(second.fd()), "");
    first = FileHandle();
    // The place is free once the server has seen the end.
    std::string third;
    for (int attempt = 0; attempt < 100'000 && third.empty(); ++attempt) {
        const FileHandle client = connect();
        third = greeting(client.fd());
    }
    EXPECT_EQ(third, "hi");
}

TEST_F(ListenerTest, TwoListenersShareALimit) {
    ConnectionLimit one(1);
    auto first = Listener::open(runtime_, "127.0.0.1:0", one, greet).value();
    auto second = Listener::open(runtime_, "127.0.0.1:0", one, greet).value();
    runtime_.start();
    {
        const FileHandle held(connect_to(first->port()));
        ASSERT_EQ(greeting(held.fd()), "hi");
        const FileHandle refused(connect_to(second->port()));
        EXPECT_EQ(greeting(refused.fd()), "");
    }
    runtime_.stop();
}

TEST(ConnectionLimit, OneAddressHasItsOwnLimit) {
    ConnectionLimit limit(10, 2);
    std::vector<std::optional<ConnectionLimit::Place>> open;
    open.push_back(limit.enter("192.0.2.1"));
    open.push_back(limit.enter("::ffff:192.0.2.1"));
    EXPECT_TRUE(open[0] && open[1]);
    EXPECT_FALSE(limit.enter("192.0.2.1"));
    EXPECT_EQ(limit.refused_by_address(), 1U);
    EXPECT_TRUE(limit.enter("192.0.2.2"));
    open.pop_back();
    EXPECT_TRUE(limit.enter("192.0.2.1"));
}

TEST(ConnectionLimit, AnIpv6ClientIsItsNetwork) {
    ConnectionLimit limit(10, 1);
    const auto first = limit.enter("2001:db8:0:1::1");
    EXPECT_TRUE(first);
    EXPECT_FALSE(limit.enter("2001:db8:0:1:ffff::2"));
    EXPECT_TRUE(limit.enter("2001:db8:0:2::1"));
}

TEST(ConnectionLimit, ZeroMeansNoLimitByAddressAndRefusalsTakeNoPlace) {
    ConnectionLimit limit(2, 0);
    auto first = limit.enter("192.0.2.1");
    const auto second = limit.enter("192.0.2.1");
    EXPECT_TRUE(first && second);
    for (int i = 0; i < 10; ++i) {
        EXPECT_FALSE(limit.enter("192.0.2.1"));
    }
    EXPECT_EQ(limit.refused(), 10U);
    EXPECT_EQ(limit.refused_by_address(), 0U);
    first.reset();
    EXPECT_TRUE(limit.enter("192.0.2.1"));
}

TEST(ConnectionLimit, ProxiesAreNotCountedByAddressAndPlacesOutliveTheLimit) {
    std::optional<ConnectionLimit::Place> kept;
    {
        ConnectionLimit limit(3, 1, [](const std::string& from) { return from == "10.0.0.1"; });
        const auto one = limit.enter("10.0.0.1");
        const auto two = limit.enter("10.0.0.1");
        EXPECT_TRUE(one && two);
        auto third = limit.enter("192.0.2.1");
        ASSERT_TRUE(third);
        kept.emplace(*std::move(third));
        EXPECT_FALSE(limit.enter("10.0.0.1")) << "all in all";
    }
}

TEST_F(ListenerTest, KnowsLoopback) {
    EXPECT_TRUE(open("127.0.0.1:0").value()->is_loopback());
    EXPECT_TRUE(open("127.1.2.3:0").value()->is_loopback());
    EXPECT_TRUE(open("localhost:0").value()->is_loopback());
    EXPECT_FALSE(open("0.0.0.0:0").value()->is_loopback());
}

TEST_F(ListenerTest, CloseServesThoseWhoHadConnected) {
    auto opened = open("127.0.0.1:0");
    ASSERT_TRUE(opened);
    listener_ = *std::move(opened);
    std::vector<FileHandle> clients;
    clients.reserve(20);
    for (int i = 0; i < 20; ++i) {
        clients.push_back(connect());
    }
    std::promise<pid_t> thread;
    std::jthread closing([this, &thread] {
        thread.set_value(::gettid());
        listener_->close();
    });
    await_waiting(thread.get_future().get());  // for the loops, which take nobody before that
    runtime_.start();
    for (const FileHandle& client : clients) {
        EXPECT_EQ(greeting(client.fd()), "hi");
    }
    closing.join();
    EXPECT_FALSE(connect().is_open());
}

TEST_F(ListenerTest, CloseEndsAcceptingOnly) {
    start();
    const FileHandle client = connect();
    ASSERT_EQ(greeting(client.fd()), "hi");
    listener_->close();
    EXPECT_FALSE(connect().is_open());
    EXPECT_EQ(::send(client.fd(), "x", 1, MSG_NOSIGNAL), 1);
    EXPECT_EQ(greeting(client.fd()), "");  // the server's orderly end
}

}  // namespace
}  // namespace berth::io
