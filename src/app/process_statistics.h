// SPDX-License-Identifier: Apache-2.0
//
// What the kernel says about this process, for the metrics that every Prometheus client offers
// under the same names.
#pragma once

#include <cstdint>

namespace berth::app {

struct ProcessStatistics {
    double cpu_seconds = 0;  // of all threads, user and system
    std::uint64_t resident_bytes = 0;
    std::uint64_t virtual_bytes = 0;
    std::uint64_t open_descriptors = 0;
    std::uint64_t descriptors_max = 0;
    std::uint64_t threads = 0;
    double start_seconds = 0;  // since 1970
};

/// What cannot be read stays 0.
ProcessStatistics process_statistics();

}  // namespace berth::app
