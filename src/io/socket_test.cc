// SPDX-License-Identifier: Apache-2.0
#include "io/socket.h"

#include "base/limits.h"
#include "io/testing/loopback.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace berth::io {
namespace {

/// Whether a neighbour got its turn while `bytes` were accounted `times` times.
Task<bool> neighbour_runs(Socket& socket, std::size_t bytes, std::size_t times) {
    bool ran = false;
    boost::asio::post(test_loop(), [&ran] { ran = true; });
    for (std::size_t i = 0; i < times; ++i) {
        if (socket.uses_up_turn(bytes)) {
            co_await socket.take_turn();
        }
    }
    const bool meanwhile = ran;
    co_await boost::asio::post(boost::asio::use_awaitable);
    co_return meanwhile;
}

TEST(Socket, AFullTurnYields) {
    Loopback loopback;
    Socket socket(loopback.take_server());
    EXPECT_FALSE(run_task(neighbour_runs(socket, 1000, 1)));
    EXPECT_TRUE(run_task(neighbour_runs(socket, kTurnBytesMax, 1)));
}

TEST(Socket, ManySmallOperationsAreATurnToo) {
    Loopback loopback;
    Socket socket(loopback.take_server());
    EXPECT_TRUE(run_task(neighbour_runs(socket, 1, 64)));
}

TEST(Socket, WaitsForReadiness) {
    Loopback loopback;
    Socket socket(loopback.take_server());
    EXPECT_TRUE(run_task(socket.wait_writable()));
    ASSERT_EQ(::send(loopback.client(), "x", 1, 0), 1);
    EXPECT_TRUE(run_task(socket.wait_readable()));
    socket.close();
    EXPECT_FALSE(socket.is_open());
    EXPECT_FALSE(run_task(socket.wait_readable()));
}

TEST(Socket, AnErrnoOfThePeerIsCancelled) {
    const Error error = peer_error(ECONNRESET, "send");
    EXPECT_EQ(error.code, Errc::cancelled);
    EXPECT_EQ(error.log_detail, "send: Connection reset by peer");
}

}  // namespace
}  // namespace berth::io
