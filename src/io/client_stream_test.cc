// SPDX-License-Identifier: Apache-2.0
//
// The client's end of a connection; http/client_test.cc goes the whole way.
#include "io/client_stream.h"

#include "io/testing/loopback.h"
#include "io/testing/temporary_directory.h"
#include "io/testing/test_certificate.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <functional>
#include <memory>
#include <thread>
#include <utility>

namespace berth::io {
namespace {

using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;
using SslContext = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

/// A TLS server at the blocking end of a loopback, and the certificate that makes it trusted.
class TlsServer {
  public:
    TlsServer() {
        certificate_.write(file("cert.pem"), file("key.pem"));
        SSL_CTX_use_certificate_chain_file(context_.get(), file("cert.pem").c_str());
        SSL_CTX_use_PrivateKey_file(context_.get(), file("key.pem").c_str(), SSL_FILETYPE_PEM);
    }

    SSL_CTX* context() const { return context_.get(); }

    std::shared_ptr<const ClientTls> trusted() const {
        return ClientTls::load(file("cert.pem")).value();
    }

    /// Shakes hands on `fd`, then does `more`.
    std::jthread serve(int fd, std::function<void(SSL*)> more) {
        return std::jthread([this, fd, work = std::move(more)] {
            const Ssl ssl(SSL_new(context_.get()), SSL_free);
            SSL_set_fd(ssl.get(), fd);
            if (SSL_accept(ssl.get()) == 1) {
                work(ssl.get());
            }
        });
    }

  private:
    std::string file(const char* name) const { return (directory_.path() / name).string(); }

    TemporaryDirectory directory_;
    TestCertificate certificate_;
    SslContext context_{SSL_CTX_new(TLS_server_method()), SSL_CTX_free};
};

class ClientStreamTest : public testing::Test {
  protected:
    Errc secure(const std::string& host, std::shared_ptr<const ClientTls> tls) {
        const Result<void> secured = run_task(stream_.secure(std::move(tls), host));
        return secured ? Errc::internal : secured.error().code;
    }

    std::string read() {
        std::vector<std::byte> buffer(64);
        const auto got = run_task(stream_.read_some(buffer));
        return got ? std::string(as_text(ByteView(buffer).first(*got)))
                   : "error: " + std::string(name_of(got.error().code));
    }

    TlsServer server_;
    Loopback loopback_;
    ClientStream stream_{loopback_.take_server()};
};

TEST_F(ClientStreamTest, ReadsAndWritesPlain) {
    EXPECT_TRUE(run_task(stream_.write(as_bytes(std::string_view("hello")))));
    std::string got(5, '\0');
    EXPECT_EQ(::recv(loopback_.client(), got.data(), got.size(), MSG_WAITALL), 5);
    EXPECT_EQ(got, "hello");
    EXPECT_EQ(::send(loopback_.client(), "back", 4, MSG_NOSIGNAL), 4);
    EXPECT_EQ(read(), "back");
    loopback_.end_client();
    EXPECT_EQ(read(), "");
}

TEST_F(ClientStreamTest, ReadsAndWritesOverTls) {
    std::string asked_for;
    const std::jthread peer = server_.serve(loopback_.client(), [&asked_for](SSL* ssl) {
        const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
        asked_for = name == nullptr ? "" : name;
        std::string text(5, '\0');
        SSL_read(ssl, text.data(), 5);
        SSL_write(ssl, text.data(), 5);
        SSL_shutdown(ssl);
    });
    ASSERT_EQ(secure("localhost", server_.trusted()), Errc::internal);
    EXPECT_TRUE(run_task(stream_.write(as_bytes(std::string_view("hello")))));
    EXPECT_EQ(read(), "hello");
    EXPECT_EQ(read(), "");
    EXPECT_EQ(asked_for, "localhost");
}

TEST_F(ClientStreamTest, AnotherNameIsNotTheHosts) {
    const std::jthread peer = server_.serve(loopback_.client(), [](SSL*) {});
    EXPECT_EQ(secure("localhost.example", server_.trusted()), Errc::denied);
}

TEST_F(ClientStreamTest, AnAddressIsNoName) {
    const std::jthread peer = server_.serve(loopback_.client(), [](SSL*) {});
    EXPECT_EQ(secure("127.0.0.1", server_.trusted()), Errc::denied);
}

TEST_F(ClientStreamTest, AnotherAuthorityIsNotTrusted) {
    const TlsServer other;
    const std::jthread peer = server_.serve(loopback_.client(), [](SSL*) {});
    EXPECT_EQ(secure("localhost", other.trusted()), Errc::denied);
}

TEST_F(ClientStreamTest, OldVersionsAreRefused) {
    SSL_CTX_set_min_proto_version(server_.context(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(server_.context(), TLS1_1_VERSION);
    SSL_CTX_set_cipher_list(server_.context(), "ALL:@SECLEVEL=0");
    const std::jthread peer = server_.serve(loopback_.client(), [](SSL*) {});
    EXPECT_EQ(secure("localhost", server_.trusted()), Errc::cancelled);
}

// Who cuts the line must not be able to make an answer look complete.
TEST_F(ClientStreamTest, AnEndWithoutGoodbyeIsNone) {
    const std::jthread peer =
        server_.serve(loopback_.client(), [this](SSL*) { loopback_.end_client(); });
    ASSERT_EQ(secure("localhost", server_.trusted()), Errc::internal);
    EXPECT_EQ(read(), "error: cancelled");
}

Task<Result<void>> close_during(ClientStream& stream, std::shared_ptr<const ClientTls> tls) {
    boost::asio::post(test_loop(), [&stream] { stream.close(); });
    const std::string host = "localhost";
    co_return co_await stream.secure(std::move(tls), host);
}

TEST_F(ClientStreamTest, CloseEndsAWaitingHandshake) {
    const Result<void> secured = run_task(close_during(stream_, server_.trusted()));
    ASSERT_FALSE(secured);
    EXPECT_EQ(secured.error().code, Errc::cancelled);
    EXPECT_EQ(read(), "error: cancelled");
    EXPECT_FALSE(run_task(stream_.write(as_bytes(std::string_view("x")))));
}

Task<Result<void>> connect_to_port(std::uint16_t port) {
    boost::asio::ip::tcp::socket socket(test_loop());
    const boost::asio::ip::tcp::endpoint peer(boost::asio::ip::address_v4::loopback(), port);
    co_return co_await connect_socket(socket, peer);
}

TEST(ConnectSocket, SaysWhenNobodyListens) {
    boost::asio::ip::tcp::acceptor acceptor(test_loop(),
                                            {boost::asio::ip::address_v4::loopback(), 0});
    const std::uint16_t port = acceptor.local_endpoint().port();
    EXPECT_TRUE(run_task(connect_to_port(port)));
    acceptor.close();
    const Result<void> refused = run_task(connect_to_port(port));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::unavailable);
}

}  // namespace
}  // namespace berth::io
