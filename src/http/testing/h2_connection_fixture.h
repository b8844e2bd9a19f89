// SPDX-License-Identifier: Apache-2.0
//
// For the tests of HTTP/2 connections: one connection, its client, and a service as scripted.
#pragma once

#include "http/h2_connection.h"
#include "http/testing/h2_pipe.h"
#include "http/testing/scripted_service.h"

#include <boost/asio/co_spawn.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <exception>
#include <string>

namespace berth::http {

class H2ConnectionTest : public testing::Test {
  protected:
    /// Serves the connection to its end.
    void serve() {
        loop_.context().restart();
        boost::asio::co_spawn(
            loop_.context(),
            serve_h2(loop_, pipe_, pool_, Peer("192.0.2.1", true), service_, limits_),
            [this](const std::exception_ptr& thrown) {
                EXPECT_EQ(thrown, nullptr);
                loop_.stop();
            });
        loop_.run();
        EXPECT_TRUE(pipe_.closed);
        EXPECT_EQ(loop_.watched(), 0U);
    }

    /// One request, and the answer to it.
    H2Answer answer(const H2TestFields& fields, const std::string* body = nullptr) {
        const std::int32_t id = client_.ask(fields, body);
        client_.leave_after(1);
        serve();
        return client_.answers[id];
    }

    io::Loop loop_;
    io::BlockingPool pool_{1, 8};
    ScriptedService service_;
    Limits limits_;
    H2Pipe pipe_;
    H2Client client_{pipe_};
};

}  // namespace berth::http
