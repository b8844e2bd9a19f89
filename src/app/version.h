// SPDX-License-Identifier: Apache-2.0
//
// What `berth version` prints: this build and the libraries it runs with.
#pragma once

#include <string>

namespace berth::app {

/// Several lines, each ended by a newline; the first is `berth VERSION`.
std::string version_text();

}  // namespace berth::app
