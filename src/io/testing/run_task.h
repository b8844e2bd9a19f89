// SPDX-License-Identifier: Apache-2.0
//
// For tests of coroutines: `run_task(task)` runs one to completion on the calling thread and
// answers its value.
#pragma once

#include "io/task.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <exception>
#include <optional>
#include <utility>

namespace berth::io {

inline boost::asio::io_context& test_loop() {
    static boost::asio::io_context loop;
    return loop;
}

template <class T>
Task<void> keep_value(Task<T> task, std::optional<T>& value) {
    value.emplace(co_await std::move(task));
}

template <class T>
T run_task(Task<T> task) {
    std::optional<T> value;
    std::exception_ptr thrown;
    auto done = [&thrown](std::exception_ptr failure) { thrown = std::move(failure); };
    boost::asio::co_spawn(test_loop(), keep_value(std::move(task), value), done);
    test_loop().restart();
    test_loop().run();
    if (thrown) {
        std::rethrow_exception(thrown);
    }
    return *std::move(value);
}

}  // namespace berth::io
