// SPDX-License-Identifier: Apache-2.0
#include "io/spawn.h"

#include "base/assert.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>

namespace berth::io {

void spawn(Loop& loop, Task<void> task) {
    boost::asio::co_spawn(loop.context(), std::move(task),
                          [](const std::exception_ptr& thrown) { BERTH_CHECK(thrown == nullptr); });
}

}  // namespace berth::io
