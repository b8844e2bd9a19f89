// SPDX-License-Identifier: Apache-2.0
#include "base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace berth {

void panic(const char* what, std::source_location where) {
    std::fprintf(stderr, "berth: broken precondition: %s\n  at %s:%u in %s\n", what,
                 where.file_name(), static_cast<unsigned>(where.line()), where.function_name());
    std::fflush(stderr);
    std::abort();
}

}  // namespace berth
