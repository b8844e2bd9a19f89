// SPDX-License-Identifier: Apache-2.0
//
// The port for those who watch the server: plain HTTP/1.1, on a thread of its own, so that it
// answers while the registry's threads are busy, drain or stand still. Its connections are not
// among those that limits.connections_max counts.
#pragma once

#include "app/admin_service.h"
#include "base/error.h"
#include "base/limits.h"
#include "io/blocking.h"
#include "io/listener.h"
#include "io/runtime.h"
#include "telemetry/log.h"

#include <memory>
#include <string>

namespace berth::app {

class AdminListener {
  public:
    static constexpr std::uint32_t kConnectionsMax = 256;

    struct Parts {
        io::Runtime& runtime;
        io::BlockingPool& pool;
        const Limits& limits;
        telemetry::Logger& log;
    };

    /// Binds `address`; before the runtime starts. Warns when others than this machine reach it.
    static Result<std::unique_ptr<AdminListener>> open(Parts parts, const std::string& address,
                                                       std::unique_ptr<AdminService> service);
    AdminListener(const AdminListener&) = delete;
    AdminListener& operator=(const AdminListener&) = delete;

    /// `http://127.0.0.1:9090`
    std::string url() const;
    /// Ends every connection. Not from a loop's thread.
    void close();

  private:
    AdminListener(Parts parts, std::unique_ptr<AdminService> service);
    io::Task<void> serve(io::Loop& loop, boost::asio::ip::tcp::socket socket);

    const Parts parts_;
    const std::unique_ptr<AdminService> service_;
    io::ConnectionLimit limit_;
    std::unique_ptr<io::Listener> listener_;
};

}  // namespace berth::app
