// SPDX-License-Identifier: Apache-2.0
//
// Unpredictable bytes from the kernel. Any thread.
#pragma once

#include "base/bytes.h"

#include <string>

namespace berth {

/// Fills `out` from getrandom(2).
void fill_random(MutableBytes out);
/// Version 4 UUID, lower-case 8-4-4-4-12 (acr-wire "GUID").
std::string make_uuid();
/// Password of `length` characters from an unambiguous 57-character alphabet, unbiased.
std::string make_password(std::size_t length);

}  // namespace berth
