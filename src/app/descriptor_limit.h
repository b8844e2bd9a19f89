// SPDX-License-Identifier: Apache-2.0
//
// How many files and connections the process may have open (RLIMIT_NOFILE), and how many
// connections that leaves room for.
#pragma once

#include <cstdint>

namespace berth::app {

/// Raises the soft limit to the hard one (the usual soft limit of 1024 is a relic); answers the
/// limit that holds then.
std::uint64_t raise_descriptor_limit();

/// Connections that may be open together when the process may have `descriptors`: at most `wanted`.
/// Some are kept for the catalog, for blobs and uploads; of few, half.
std::uint32_t connections_within(std::uint64_t descriptors, std::uint32_t wanted);

}  // namespace berth::app
