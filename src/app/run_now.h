// SPDX-License-Identifier: Apache-2.0
//
// For commands: runs coroutines of services on the calling thread.
#pragma once

#include "io/task.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace berth::app {

class RunNow {
  public:
    template <class T>
    T operator()(io::Task<T> task) {
        std::optional<T> value;
        std::exception_ptr thrown;
        auto done = [&thrown](std::exception_ptr failure) { thrown = std::move(failure); };
        boost::asio::co_spawn(loop_, keep(std::move(task), value), done);
        loop_.restart();
        loop_.run();
        if (thrown) {
            std::rethrow_exception(thrown);
        }
        return *std::move(value);
    }

  private:
    template <class T>
    static io::Task<void> keep(io::Task<T> task, std::optional<T>& value) {
        value.emplace(co_await std::move(task));
    }

    boost::asio::io_context loop_;
};

}  // namespace berth::app
