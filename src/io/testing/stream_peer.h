// SPDX-License-Identifier: Apache-2.0
//
// For tests of streams: the client at the other end of a Loopback, plain or TLS, with blocking
// calls for a thread of its own. Every call ends by the loopback's deadline.
#pragma once

#include "io/testing/loopback.h"
#include "io/testing/test_certificate.h"
#include "io/tls_context.h"

#include <openssl/ssl.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace berth::io {

class StreamPeer {
  public:
    virtual ~StreamPeer() = default;
    virtual bool send(std::string_view text) = 0;
    /// 0 at the end of the stream, negative on failure.
    virtual long receive(char* out, std::size_t size) = 0;

    /// Up to `size` bytes, fewer at the end.
    std::string receive_text(std::size_t size) {
        std::string text(size, '\0');
        std::size_t filled = 0;
        while (filled < size) {
            const long got = receive(text.data() + filled, std::min(size - filled, piece_max));
            if (got <= 0) {
                break;
            }
            filled += static_cast<std::size_t>(got);
        }
        text.resize(filled);
        return text;
    }

    /// Small pieces make a slow reader.
    std::size_t piece_max = std::size_t{1} << 20U;
};

class PlainPeer final : public StreamPeer {
  public:
    explicit PlainPeer(Loopback& loopback) : fd_(loopback.client()) {}

    bool send(std::string_view text) override {
        while (!text.empty()) {
            const ssize_t sent = ::send(fd_, text.data(), text.size(), MSG_NOSIGNAL);
            if (sent <= 0) {
                return false;
            }
            text.remove_prefix(static_cast<std::size_t>(sent));
        }
        return true;
    }

    long receive(char* out, std::size_t size) override { return ::recv(fd_, out, size, 0); }

  private:
    int fd_;
};

class TlsPeer final : public StreamPeer {
  public:
    explicit TlsPeer(Loopback& loopback)
        : context_(SSL_CTX_new(TLS_client_method())), ssl_(SSL_new(context_)) {
        SSL_set_fd(ssl_, loopback.client());
    }

    ~TlsPeer() override {
        SSL_free(ssl_);
        SSL_CTX_free(context_);
    }

    TlsPeer(const TlsPeer&) = delete;
    TlsPeer& operator=(const TlsPeer&) = delete;

    /// `alpn` in wire format: each name after its length. Empty: none is offered.
    bool handshake(std::string_view alpn = {}, const char* host = nullptr) {
        if (host != nullptr) {
            SSL_set_tlsext_host_name(ssl_, host);
        }
        if (!alpn.empty()) {
            SSL_set_alpn_protos(ssl_, reinterpret_cast<const unsigned char*>(alpn.data()),
                                static_cast<unsigned>(alpn.size()));
        }
        return SSL_connect(ssl_) == 1;
    }

    /// Before handshake(): the client has a certificate of its own.
    void show(const TestCertificate& pair) {
        const Bio certificate_in(
            BIO_new_mem_buf(pair.certificate.data(), static_cast<int>(pair.certificate.size())));
        const Bio key_in(BIO_new_mem_buf(pair.key.data(), static_cast<int>(pair.key.size())));
        X509* certificate = PEM_read_bio_X509(certificate_in.get(), nullptr, nullptr, nullptr);
        EVP_PKEY* key = PEM_read_bio_PrivateKey(key_in.get(), nullptr, nullptr, nullptr);
        SSL_use_certificate(ssl_, certificate);
        SSL_use_PrivateKey(ssl_, key);
        X509_free(certificate);
        EVP_PKEY_free(key);
    }

    /// Before handshake(): one version, and the suites of TLS 1.2 and before (nullptr: as usual).
    void restrict(int version, const char* suites) {
        SSL_set_min_proto_version(ssl_, version);
        SSL_set_max_proto_version(ssl_, version);
        if (suites != nullptr) {
            SSL_set_cipher_list(ssl_, suites);
        }
    }

    std::string server_subject() const {
        const X509* certificate = SSL_get0_peer_certificate(ssl_);
        return certificate == nullptr ? "" : subject_of(*certificate);
    }

    /// What the server chose; empty for nothing.
    std::string alpn() const {
        const unsigned char* name = nullptr;
        unsigned length = 0;
        SSL_get0_alpn_selected(ssl_, &name, &length);
        return {reinterpret_cast<const char*>(name), length};
    }

    bool send(std::string_view text) override {
        return SSL_write(ssl_, text.data(), static_cast<int>(text.size())) ==
               static_cast<int>(text.size());
    }

    long receive(char* out, std::size_t size) override {
        return SSL_read(ssl_, out, static_cast<int>(size));
    }

  private:
    struct BioFree {
        void operator()(BIO* bio) const { BIO_free(bio); }
    };

    using Bio = std::unique_ptr<BIO, BioFree>;

    SSL_CTX* context_;
    SSL* ssl_;
};

}  // namespace berth::io
