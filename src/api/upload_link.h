// SPDX-License-Identifier: Apache-2.0
//
// The Location of an upload session as ACR writes it (acr-wire 12.1): relative, with an opaque
// `_state`. Nothing is read back from `_state`: the path alone names the session, so an old link
// stays valid, on any node and after a restart.
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>

namespace berth::api {

std::string upload_link(const std::string& repository, const std::string& upload_id,
                        std::uint64_t offset, Timestamp at);

/// `Range` of a session: `0-<last byte>`, `0-0` when empty.
std::string upload_range(std::uint64_t offset);

}  // namespace berth::api
