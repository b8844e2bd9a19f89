// SPDX-License-Identifier: Apache-2.0
#include "app/admin_listener.h"

#include "app/listener_url.h"
#include "base/try.h"
#include "http/h1_connection.h"
#include "io/tcp_stream.h"

#include <chrono>
#include <utility>

namespace berth::app {

namespace {

/// An answer is made and sent at once; who has not taken it by then does not want it.
constexpr std::chrono::seconds kCloseGrace{1};

}  // namespace

AdminListener::AdminListener(Parts parts, std::unique_ptr<AdminService> service)
    : parts_(parts), service_(std::move(service)), limit_(kConnectionsMax) {}

Result<std::unique_ptr<AdminListener>> AdminListener::open(Parts parts, const std::string& address,
                                                           std::unique_ptr<AdminService> service) {
    std::unique_ptr<AdminListener> made(new AdminListener(parts, std::move(service)));
    io::Serve serve_one = [raw = made.get()](io::Loop& loop, boost::asio::ip::tcp::socket socket) {
        return raw->serve(loop, std::move(socket));
    };
    auto opened = io::Listener::open(parts.runtime, address, made->limit_, std::move(serve_one));
    if (!opened) {
        return fail(opened.error().code,
                    opened.error().log_detail + " (--admin-listen names another address)");
    }
    made->listener_ = *std::move(opened);
    if (!made->listener_->is_loopback()) {
        parts.log.warn("admin_listener_exposed",
                       {{"url", made->url()},
                        {"meaning",
                         "whoever reaches this address reads the metrics without signing in: let "
                         "a firewall or a network of its own decide who does"}});
    }
    return made;
}

io::Task<void> AdminListener::serve(io::Loop& loop, boost::asio::ip::tcp::socket socket) {
    boost::system::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) {
        co_return;
    }
    http::Peer peer(remote.address().to_string(), false);
    io::TcpStream stream(std::move(socket), parts_.pool);
    co_await http::serve_h1(loop, stream, std::move(peer), *service_, parts_.limits);
}

std::string AdminListener::url() const {
    return url_of(*listener_, false);
}

void AdminListener::close() {
    listener_->close();
    (void)parts_.runtime.drain(kCloseGrace, {});
}

}  // namespace berth::app
