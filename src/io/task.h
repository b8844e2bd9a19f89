// SPDX-License-Identifier: Apache-2.0
//
// Task<T>: the one coroutine type of Berth, and the only Asio header upper layers see. A Task runs
// on the I/O thread of the connection that awaits it. Keep g++ 12's hazard in mind: in a statement
// with co_await, name aggregates and capturing lambdas first.
#pragma once

#include <boost/asio/awaitable.hpp>

namespace berth::io {

template <class T>
using Task = boost::asio::awaitable<T>;

}  // namespace berth::io
