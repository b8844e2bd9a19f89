// SPDX-License-Identifier: Apache-2.0
#include "io/tls_stream.h"

#include "io/testing/stream_contract.h"
#include "io/testing/test_certificate.h"

#include <openssl/err.h>

namespace berth::io {
namespace {

std::unique_ptr<TlsContext> test_context() {
    const TemporaryDirectory directory;
    const auto certificate = directory.path() / "cert.pem";
    const auto key = directory.path() / "key.pem";
    write_test_certificate(certificate, key);
    return TlsContext::load(certificate, key).value();
}

/// Not yet secured: each side still has to do its handshake.
struct RawTlsPair {
    BlockingPool pool{1, 8};
    Loopback loopback;
    TlsPeer peer{loopback};
    std::unique_ptr<TlsContext> context = test_context();
    TlsStream stream{loopback.take_server(), *context, pool};
};

class TlsPair {
  public:
    TlsPair() {
        bool connected = false;
        {
            const std::jthread client([&] { connected = raw_.peer.handshake(); });
            const Result<void> secured = run_task(raw_.stream.handshake());
            EXPECT_TRUE(secured) << secured.error().log_detail;
        }
        EXPECT_TRUE(connected);
    }

    Stream& stream() { return raw_.stream; }

    StreamPeer& peer() { return raw_.peer; }

    Loopback& loopback() { return raw_.loopback; }

  private:
    RawTlsPair raw_;
};

INSTANTIATE_TYPED_TEST_SUITE_P(Tls, StreamContract, TlsPair);

std::string negotiated(std::string_view offered) {
    RawTlsPair pair;
    const std::jthread client([&] { (void)pair.peer.handshake(offered); });
    EXPECT_TRUE(run_task(pair.stream.handshake()));
    return pair.peer.alpn();
}

TEST(TlsStream, ChoosesHttp1WhereItIsOffered) {
    EXPECT_EQ(negotiated("\x02h2\x08http/1.1"), "http/1.1");
    EXPECT_EQ(negotiated("\x02h2"), "");
    EXPECT_EQ(negotiated(""), "");
}

TEST(TlsStream, PlainTextIsNoHandshake) {
    RawTlsPair pair;
    PlainPeer plain(pair.loopback);
    ASSERT_TRUE(plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const Result<void> secured = run_task(pair.stream.handshake());
    ASSERT_FALSE(secured);
    EXPECT_EQ(secured.error().code, Errc::cancelled);
}

Task<Result<void>> close_during_handshake(TlsStream& stream) {
    boost::asio::post(test_loop(), [&stream] { stream.close(); });
    co_return co_await stream.handshake();
}

TEST(TlsStream, CloseEndsAWaitingHandshake) {
    RawTlsPair pair;
    const Result<void> secured = run_task(close_during_handshake(pair.stream));
    ASSERT_FALSE(secured);
    EXPECT_EQ(secured.error().code, Errc::cancelled);
}

// OpenSSL judges a call by the thread's error queue: what another user of the library left there
// must not end a healthy connection that merely has to wait.
TEST(TlsStream, ForeignErrorsOfTheThreadDoNotMatter) {
    TlsPair pair;
    ERR_raise(ERR_LIB_USER, ERR_R_INTERNAL_ERROR);
    const std::jthread client([&] {
        (void)pair.peer().send("hello");
        (void)pair.peer().receive_text(2);
    });
    std::vector<std::byte> buffer(64);
    // The first read of TLS 1.3 may find nothing but has to wait for more.
    const auto got = run_task(pair.stream().read_some(buffer));
    ASSERT_TRUE(got) << got.error().log_detail;
    EXPECT_EQ(as_text(ByteView(buffer).first(*got)), "hello");
    EXPECT_TRUE(run_task(pair.stream().write(as_bytes(std::string_view("ok")), ByteView())));
    ERR_clear_error();
}

}  // namespace
}  // namespace berth::io
