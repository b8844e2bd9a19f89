// SPDX-License-Identifier: Apache-2.0
//
// For tests of outgoing requests: an HTTP server on loopback, plain or with TLS, on a thread of its
// own. It takes one connection after the other, reads one head from each and sends what the script
// says, byte for byte.
#pragma once

#include "io/file.h"
#include "io/testing/loopback.h"
#include "io/testing/temporary_directory.h"
#include "io/testing/test_certificate.h"

#include <openssl/ssl.h>

#include <arpa/inet.h>
#include <csignal>
#include <functional>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>
#include <utility>
#include <vector>

namespace berth::http {

/// A response with a length.
inline std::string scripted_response(const std::string& body, const std::string& status = "200 OK",
                                     const std::string& more = "") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           more + "\r\n" + body;
}

class ScriptedServer {
  public:
    /// Called on the server's thread with the target of a request.
    using Script = std::function<std::string(const std::string& target)>;
    enum class Tls : std::uint8_t { off, on };

    ScriptedServer(Tls tls, Script script)
        : script_(std::move(script)), context_(nullptr, SSL_CTX_free) {
        std::signal(SIGPIPE, SIG_IGN);
        if (tls == Tls::on) {
            load_certificate();
        }
        listen();
        thread_ = std::jthread([this] { serve(); });
    }

    ~ScriptedServer() { stop(); }

    ScriptedServer(const ScriptedServer&) = delete;
    ScriptedServer& operator=(const ScriptedServer&) = delete;

    /// Nobody listens there from now on.
    void stop() {
        if (thread_.joinable()) {
            ::shutdown(listener_.fd(), SHUT_RDWR);
            thread_.join();
            listener_ = io::FileHandle();
        }
    }

    std::string url(const std::string& host = "127.0.0.1") const {
        return (context_ ? "https://" : "http://") + host + ":" + std::to_string(port_);
    }

    /// PEM of the certificate, which is for `localhost`.
    std::string ca_file() const { return (directory_.path() / "cert.pem").string(); }

    /// The targets asked for so far.
    std::vector<std::string> targets() const {
        const std::lock_guard lock(mutex_);
        return targets_;
    }

    /// The last head.
    std::string head() const {
        const std::lock_guard lock(mutex_);
        return head_;
    }

  private:
    using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;

    void load_certificate() {
        const auto key = directory_.path() / "key.pem";
        io::TestCertificate().write(ca_file(), key);
        context_.reset(SSL_CTX_new(TLS_server_method()));
        if (SSL_CTX_use_certificate_chain_file(context_.get(), ca_file().c_str()) != 1 ||
            SSL_CTX_use_PrivateKey_file(context_.get(), key.c_str(), SSL_FILETYPE_PEM) != 1) {
            throw std::runtime_error("cannot load the test certificate");
        }
    }

    void listen() {
        listener_ = io::FileHandle(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        sockaddr_in address = io::loopback_address(0);
        socklen_t size = sizeof(address);
        if (::bind(listener_.fd(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
            ::listen(listener_.fd(), 16) != 0 ||
            ::getsockname(listener_.fd(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            throw std::runtime_error("cannot listen on loopback");
        }
        port_ = ntohs(address.sin_port);
    }

    void serve() {
        while (true) {
            const io::FileHandle peer(::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC));
            if (!peer.is_open()) {
                return;
            }
            const timeval patience{io::kTestDeadlineSeconds, 0};
            ::setsockopt(peer.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
            ::setsockopt(peer.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
            const Ssl ssl(context_ ? SSL_new(context_.get()) : nullptr, SSL_free);
            if (ssl) {
                SSL_set_fd(ssl.get(), peer.fd());
            }
            if (!ssl || SSL_accept(ssl.get()) == 1) {
                answer(peer.fd(), ssl.get());
            }
        }
    }

    void answer(int fd, SSL* ssl) {
        std::string head;
        char byte = 0;
        while (!head.ends_with("\r\n\r\n")) {
            if ((ssl != nullptr ? SSL_read(ssl, &byte, 1)
                                : static_cast<int>(::recv(fd, &byte, 1, 0))) <= 0) {
                return;
            }
            head += byte;
        }
        const std::size_t start = head.find(' ') + 1;
        const std::string target = head.substr(start, head.find(' ', start) - start);
        {
            const std::lock_guard lock(mutex_);
            targets_.push_back(target);
            head_ = head;
        }
        const std::string text = script_(target);
        if (ssl != nullptr) {
            SSL_write(ssl, text.data(), static_cast<int>(text.size()));
            SSL_shutdown(ssl);
        } else {
            static_cast<void>(::send(fd, text.data(), text.size(), MSG_NOSIGNAL));
        }
    }

    Script script_;
    io::TemporaryDirectory directory_;
    std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
    io::FileHandle listener_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::vector<std::string> targets_;  // guarded by mutex_
    std::string head_;                  // guarded by mutex_
    std::jthread thread_;
};

}  // namespace berth::http
