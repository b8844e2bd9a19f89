// SPDX-License-Identifier: Apache-2.0
//
// What a person sees at start: where Berth listens and stores, how to sign in and push.
#pragma once

#include "app/config.h"

#include <optional>
#include <string>
#include <vector>

namespace berth::app {

/// `urls` as in `http://127.0.0.1:5000`, that of `listen` first; `first_password` only on the very
/// first start.
std::string banner(const Config& config, const std::vector<std::string>& urls,
                   const std::optional<std::string>& first_password);

}  // namespace berth::app
