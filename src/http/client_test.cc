// SPDX-License-Identifier: Apache-2.0
#include "http/client.h"

#include "http/testing/scripted_server.h"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

#include <latch>

namespace berth::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;
using Tls = ScriptedServer::Tls;

class ClientGet : public testing::Test {
  protected:
    /// `server` answers `response` to everything.
    void answer(Tls tls, std::string response) {
        server_ = std::make_unique<ScriptedServer>(
            tls, [text = std::move(response)](const std::string&) { return text; });
    }

    /// A request that may go to the server of the test.
    ClientRequest request(const std::string& target, const std::string& host = "localhost") const {
        ClientRequest wanted(server_->url(host) + target);
        wanted.allow_private = true;
        wanted.allow_plain_loopback = true;
        if (wanted.url.starts_with("https")) {
            wanted.tls = io::ClientTls::load(server_->ca_file()).value();
        }
        return wanted;
    }

    Result<ClientResponse> get(ClientRequest wanted) {
        std::optional<Result<ClientResponse>> outcome;
        loop_.context().restart();
        boost::asio::co_spawn(loop_.context(), keep(std::move(wanted), outcome),
                              [this](const std::exception_ptr&) { loop_.stop(); });
        loop_.run();
        EXPECT_EQ(loop_.watched(), 0U);
        return *std::move(outcome);
    }

    io::Task<void> keep(ClientRequest wanted, std::optional<Result<ClientResponse>>& outcome) {
        outcome.emplace(co_await client_get(loop_, std::move(wanted)));
    }

    Errc refusal(ClientRequest wanted) {
        const Result<ClientResponse> response = get(std::move(wanted));
        return response ? Errc::internal : response.error().code;
    }

    std::string body(ClientRequest wanted) {
        const Result<ClientResponse> response = get(std::move(wanted));
        return response ? response->body : "error: " + response.error().log_detail;
    }

    io::Loop loop_;
    std::unique_ptr<ScriptedServer> server_;
};

TEST_F(ClientGet, FetchesOverTls) {
    answer(Tls::on, scripted_response("{}"));
    const Result<ClientResponse> response = get(request("/a?b=c"));
    ASSERT_TRUE(response) << response.error().log_detail;
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->body, "{}");
    EXPECT_THAT(server_->head(), StartsWith("GET /a?b=c HTTP/1.1\r\nHost: localhost:"));
    EXPECT_THAT(server_->head(), HasSubstr("\r\nConnection: close\r\n"));
}

TEST_F(ClientGet, FetchesPlainFromThisMachineWhereThatIsAllowed) {
    answer(Tls::off, scripted_response("{}"));
    EXPECT_EQ(body(request("/")), "{}");
    EXPECT_EQ(body(request("/", "127.0.0.1")), "{}");
    ClientRequest no_plain = request("/");
    no_plain.allow_plain_loopback = false;
    EXPECT_EQ(refusal(no_plain), Errc::denied);
    ClientRequest no_private = request("/");
    no_private.allow_private = false;
    EXPECT_EQ(refusal(no_private), Errc::denied);
    EXPECT_EQ(server_->targets().size(), 2U);
}

TEST_F(ClientGet, PlainIsForThisMachineOnly) {
    ClientRequest wanted("http://192.0.2.1/");
    wanted.allow_private = true;
    wanted.allow_plain_loopback = true;
    EXPECT_EQ(refusal(wanted), Errc::denied);
}

TEST_F(ClientGet, InternalAddressesAreRefusedHoweverTheyAreNamed) {
    answer(Tls::on, scripted_response("{}"));
    for (const char* const host : {"localhost", "127.0.0.1", "0.0.0.0", "[::1]",
                                   "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f000001"}) {
        ClientRequest wanted = request("/", host);
        wanted.allow_private = false;
        EXPECT_EQ(refusal(wanted), Errc::denied) << host;
    }
    EXPECT_TRUE(server_->targets().empty());
}

TEST_F(ClientGet, NobodyConnectsToNowhere) {
    answer(Tls::on, scripted_response("{}"));
    EXPECT_EQ(refusal(request("/", "0.0.0.0")), Errc::denied);
    EXPECT_EQ(refusal(request("/", "[ff02::1]")), Errc::denied);
}

TEST_F(ClientGet, TheCertificateMustBeTrustedAndForTheHost) {
    answer(Tls::on, scripted_response("{}"));
    // The certificate says localhost.
    EXPECT_EQ(refusal(request("/", "127.0.0.1")), Errc::denied);
    ClientRequest system = request("/");
    system.tls = io::ClientTls::load("").value();
    EXPECT_EQ(refusal(system), Errc::denied);
    EXPECT_TRUE(server_->targets().empty());
}

TEST_F(ClientGet, FollowsNoRedirect) {
    answer(Tls::on, scripted_response("", "302 Found", "Location: https://localhost/other\r\n"));
    const Result<ClientResponse> response = get(request("/"));
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 302);
    EXPECT_THAT(server_->targets(), ElementsAre("/"));
}

TEST_F(ClientGet, ReadsEveryFramingOfABody) {
    answer(Tls::on,
           "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\n\r\n");
    EXPECT_EQ(body(request("/")), "abc");
    answer(Tls::on, "HTTP/1.1 200 OK\r\n\r\nto the end");
    EXPECT_EQ(body(request("/")), "to the end");
    answer(Tls::on, "HTTP/1.0 200 OK\r\n\r\nold");
    EXPECT_EQ(body(request("/")), "old");
    answer(Tls::on, scripted_response("", "204 No Content"));
    EXPECT_EQ(body(request("/")), "");
}

TEST_F(ClientGet, ALargeBodyIsRefusedWhateverItsFraming) {
    const std::string much(1001, 'x');
    const std::string texts[] = {
        scripted_response(much),
        "HTTP/1.1 200 OK\r\n\r\n" + much,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n" + much + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\nx",
    };
    for (const std::string& text : texts) {
        answer(Tls::on, text);
        ClientRequest wanted = request("/");
        wanted.body_bytes_max = 1000;
        EXPECT_EQ(refusal(wanted), Errc::payload_too_large) << text.substr(0, 60);
    }
    answer(Tls::on, scripted_response(much));
    ClientRequest wanted = request("/");
    wanted.body_bytes_max = 1001;
    EXPECT_EQ(body(wanted), much);
}

TEST_F(ClientGet, HalfAResponseIsNone) {
    const std::string texts[] = {
        "",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhalf",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
        "HTTP/1.1 200 OK\r\nContent-",
        "SSH-2.0-OpenSSH\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n",
    };
    for (const Tls tls : {Tls::on, Tls::off}) {
        for (const std::string& text : texts) {
            answer(tls, text);
            EXPECT_EQ(refusal(request("/")), Errc::unavailable) << text.substr(0, 60);
        }
    }
}

TEST_F(ClientGet, NobodyListens) {
    answer(Tls::on, scripted_response("{}"));
    const ClientRequest wanted = request("/");
    server_->stop();
    EXPECT_EQ(refusal(wanted), Errc::unavailable);
}

TEST_F(ClientGet, AnUnknownNameIsUnavailable) {
    ClientRequest wanted("https://no-such-name.invalid/");
    wanted.tls = io::ClientTls::load("").value();
    EXPECT_EQ(refusal(wanted), Errc::unavailable);
}

TEST_F(ClientGet, WhatIsNoUrlIsRefused) {
    EXPECT_EQ(refusal(ClientRequest("ftp://localhost/")), Errc::bad_request);
    EXPECT_EQ(refusal(ClientRequest("https://user@localhost/")), Errc::bad_request);
}

/// The server answers only when the test is over.
class SlowServer {
  public:
    std::unique_ptr<ScriptedServer> make(std::function<void()> asked) {
        return std::make_unique<ScriptedServer>(
            Tls::on, [this, asked = std::move(asked)](const std::string&) {
                asked();
                over_.wait();
                return scripted_response("{}");
            });
    }

    /// The server must not be inside its script when this object goes.
    void end(ScriptedServer& server) {
        over_.count_down();
        server.stop();
    }

  private:
    std::latch over_{1};
};

TEST_F(ClientGet, EndsAtItsDeadline) {
    SlowServer slow;
    server_ = slow.make([] {});
    ClientRequest wanted = request("/");
    wanted.deadline = std::chrono::milliseconds(500);
    EXPECT_EQ(refusal(wanted), Errc::unavailable);
    slow.end(*server_);
}

TEST_F(ClientGet, EndsWhenTheLoopDrains) {
    SlowServer slow;
    server_ =
        slow.make([this] { boost::asio::post(loop_.context(), [this] { loop_.drain_all(); }); });
    EXPECT_EQ(refusal(request("/")), Errc::unavailable);
    // And begins nothing more.
    EXPECT_EQ(refusal(request("/")), Errc::unavailable);
    slow.end(*server_);
    EXPECT_EQ(server_->targets().size(), 1U);
}

TEST(ClientTls, SaysWhatIsWrongWithAFile) {
    const auto loaded = io::ClientTls::load("/nonexistent/ca.pem");
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Errc::bad_request);
    EXPECT_THAT(loaded.error().log_detail, HasSubstr("/nonexistent/ca.pem"));
}

}  // namespace
}  // namespace berth::http
