// SPDX-License-Identifier: Apache-2.0
//
// The strict JSON reader for what clients send: bounded depth and values, one value per member
// name. For .cc files (Boost.JSON is costly to compile).
#pragma once

#include "base/limits.h"

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace berth::oci {

/// The document if it is one JSON object, else what is wrong with it, in words for the client:
/// not JSON, no object, deeper than `depth_max`, more than `values_max` values, a member named
/// twice in one object (two readers of one document may take different ones of them).
std::expected<boost::json::value, std::string> parse_json_object(
    std::string_view text, boost::json::storage_ptr memory, std::size_t values_max,
    std::size_t depth_max = kJsonDepthMax);

}  // namespace berth::oci
