// SPDX-License-Identifier: Apache-2.0
//
// For programmer errors only: a broken precondition ends the process with its place. What a
// client, a disk or a peer can cause is a Result, never one of these.
#pragma once

#include <source_location>

namespace berth {

[[noreturn]] void panic(const char* what,
                        std::source_location where = std::source_location::current());

}  // namespace berth

/// Checked in every build.
#define BERTH_CHECK(condition)           \
    do {                                 \
        if (!(condition)) [[unlikely]] { \
            ::berth::panic(#condition);  \
        }                                \
    } while (false)
