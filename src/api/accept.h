// SPDX-License-Identifier: Apache-2.0
//
// Accept rules of manifest reads (acr-wire 10.1).
#pragma once

#include "base/error.h"

#include <string_view>

namespace berth::api {

/// `accept` is all Accept lines merged, empty when there were none. Errc::manifest_unknown with
/// ACR's text when a stored OCI type is not accepted; docker types are always answered as stored.
Result<void> check_accept(std::string_view accept, std::string_view stored_media_type);

}  // namespace berth::api
