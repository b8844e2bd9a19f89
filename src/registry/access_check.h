// SPDX-License-Identifier: Apache-2.0
//
// How the use cases ask "may this caller also pull from there?" without knowing auth: api passes a
// predicate for the principal of the request. Decided per request, never stored.
#pragma once

#include "oci/names.h"

#include <functional>

namespace berth::registry {

using MayPull = std::function<bool(const oci::Repository&)>;

}  // namespace berth::registry
