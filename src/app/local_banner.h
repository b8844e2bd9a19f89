// SPDX-License-Identifier: Apache-2.0
//
// What a developer sees when local mode starts: a warning, and for each client the lines that make
// it work, ready to be copied.
#pragma once

#include "app/config.h"

#include <string>
#include <vector>

namespace berth::app {

/// `urls` as Server::urls() has them.
std::string local_banner(const Config& config, const std::vector<std::string>& urls);

}  // namespace berth::app
