// SPDX-License-Identifier: Apache-2.0
#include "io/tls_stream.h"

#include "io/testing/stream_contract.h"
#include "io/testing/test_certificate.h"

#include <openssl/err.h>

namespace berth::io {
namespace {

std::shared_ptr<const TlsContext> test_context(const TlsMaterial& more = {}) {
    const TestCertificate pair;
    TlsMaterial material = more;
    material.certificate = pair.certificate;
    material.key = pair.key;
    return TlsContext::make(material).value();
}

/// Not yet secured: each side still has to do its handshake.
struct RawTlsPair {
    explicit RawTlsPair(const TlsMaterial& more = {})
        : stream(loopback.take_server(), test_context(more), pool) {}

    BlockingPool pool{1, 8};
    Loopback loopback;
    TlsPeer peer{loopback};
    TlsStream stream;
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

std::string negotiated(std::string_view offered, bool http2) {
    TlsMaterial more;
    more.http2 = http2;
    RawTlsPair pair(more);
    const std::jthread client([&] { (void)pair.peer.handshake(offered); });
    EXPECT_TRUE(run_task(pair.stream.handshake()));
    EXPECT_EQ(pair.stream.speaks_http2(), pair.peer.alpn() == "h2");
    return pair.peer.alpn();
}

TEST(TlsStream, ChoosesHttp2WhereItIsOffered) {
    EXPECT_EQ(negotiated("\x02h2\x08http/1.1", true), "h2");
    EXPECT_EQ(negotiated("\x08http/1.1\x02h2", true), "h2");
    EXPECT_EQ(negotiated("\x08http/1.1", true), "http/1.1");
    EXPECT_EQ(negotiated("\x08http/1.0", true), "");
    EXPECT_EQ(negotiated("", true), "");
}

TEST(TlsStream, ChoosesHttp1WhereHttp2IsOff) {
    EXPECT_EQ(negotiated("\x02h2\x08http/1.1", false), "http/1.1");
    EXPECT_EQ(negotiated("\x02h2", false), "");
    EXPECT_EQ(negotiated("", false), "");
}

TEST(TlsStream, PlainTextIsNoHandshake) {
    RawTlsPair pair;
    PlainPeer plain(pair.loopback);
    ASSERT_TRUE(plain.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    const Result<void> secured = run_task(pair.stream.handshake());
    ASSERT_FALSE(secured);
    EXPECT_EQ(secured.error().code, Errc::cancelled);
}

TEST(TlsStream, TellsTlsFromOtherTalk) {
    RawTlsPair secure;
    {
        const std::jthread client([&] { (void)secure.peer.handshake(); });
        EXPECT_TRUE(run_task(secure.stream.peer_speaks_tls()).value());
        EXPECT_TRUE(run_task(secure.stream.handshake()));
    }
    RawTlsPair plain;
    ASSERT_TRUE(PlainPeer(plain.loopback).send("PATCH /v2/ HTTP/1.1\r\n"));
    EXPECT_FALSE(run_task(plain.stream.peer_speaks_tls()).value());
    RawTlsPair silent;
    silent.loopback.end_client();
    EXPECT_EQ(run_task(silent.stream.peer_speaks_tls()).error().code, Errc::cancelled);
}

/// run_task() wants a value.
Task<bool> refused(TlsStream& stream, std::string_view answer) {
    co_await stream.refuse_plain_text(answer);
    co_return true;
}

TEST(TlsStream, ARefusalOutlivesWhatThePeerStillSends) {
    RawTlsPair pair;
    PlainPeer plain(pair.loopback);
    const std::jthread client([&] {
        (void)plain.send("POST / HTTP/1.1\r\n\r\n" + std::string(100'000, 'x'));
        EXPECT_EQ(plain.receive_text(100), "speak TLS");
        pair.loopback.end_client();
    });
    EXPECT_TRUE(run_task(refused(pair.stream, "speak TLS")));
}

/// What the server knows of a client that shows `shown`, when it trusts `trusted`.
Result<std::string> subject_shown(ClientCertificates demand, const TestCertificate& trusted,
                                  const TestCertificate* shown) {
    TlsMaterial more;
    more.client_certificates = demand;
    more.client_ca = trusted.certificate;
    RawTlsPair pair(more);
    if (shown != nullptr) {
        pair.peer.show(*shown);
    }
    const std::jthread client([&] { (void)pair.peer.handshake(); });
    const Result<void> secured = run_task(pair.stream.handshake());
    if (!secured) {
        return fail(secured.error());
    }
    return pair.stream.client_subject();
}

TEST(TlsStream, ClientCertificates) {
    const TestCertificate trusted("client");
    const TestCertificate stranger("client");  // the same name, another key
    using enum ClientCertificates;
    EXPECT_EQ(subject_shown(ignored, trusted, &stranger).value(), "");
    EXPECT_EQ(subject_shown(requested, trusted, nullptr).value(), "");
    EXPECT_EQ(subject_shown(requested, trusted, &trusted).value(), "CN=client");
    EXPECT_FALSE(subject_shown(requested, trusted, &stranger));
    EXPECT_FALSE(subject_shown(required, trusted, nullptr));
    EXPECT_EQ(subject_shown(required, trusted, &trusted).value(), "CN=client");
    EXPECT_FALSE(subject_shown(required, trusted, &stranger));
}

std::string subject_served(const TlsMaterial& more, const char* host) {
    RawTlsPair pair(more);
    const std::jthread client([&] { (void)pair.peer.handshake({}, host); });
    EXPECT_TRUE(run_task(pair.stream.handshake()));
    return pair.peer.server_subject();
}

// Any certificate with a key that fits the one in use would do; here there is only one key.
TEST(TlsStream, ACertificateForTheHostThatIsAskedFor) {
    TlsMaterial more;
    std::vector<std::string> asked;
    more.certificate_for_host = [&asked](std::string_view host) -> std::optional<std::string> {
        asked.emplace_back(host);
        return host == "strange.example" ? std::optional(TestCertificate().certificate)
                                         : std::nullopt;
    };
    EXPECT_EQ(subject_served(more, nullptr), "CN=localhost");
    EXPECT_EQ(subject_served(more, "usual.example"), "CN=localhost");
    // Does not fit the key: the usual one is served.
    EXPECT_EQ(subject_served(more, "strange.example"), "CN=localhost");
    EXPECT_EQ(asked, (std::vector<std::string>{"usual.example", "strange.example"}));
}

bool connects(int version, const char* suites) {
    RawTlsPair pair;
    pair.peer.restrict(version, suites);
    bool done = false;
    {
        const std::jthread client([&] { done = pair.peer.handshake(); });
        (void)run_task(pair.stream.handshake());
    }
    return done;
}

TEST(TlsStream, OldProtocolsAndSuitesAreRefused) {
    EXPECT_TRUE(connects(TLS1_3_VERSION, nullptr));
    EXPECT_TRUE(connects(TLS1_2_VERSION, nullptr));
    EXPECT_TRUE(connects(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-GCM-SHA256"));
    EXPECT_FALSE(connects(TLS1_1_VERSION, "ALL:@SECLEVEL=0"));
    EXPECT_FALSE(connects(TLS1_2_VERSION, "ECDHE-ECDSA-AES128-SHA256"));  // CBC
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
