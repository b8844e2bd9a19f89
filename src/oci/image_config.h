// SPDX-License-Identifier: Apache-2.0
//
// The two members of an image's config blob that the metadata API shows (acr-wire 9.1).
#pragma once

#include "base/bytes.h"
#include "oci/manifest.h"

namespace berth::oci {

/// Texts longer than this are not looked at: a platform's names are short words.
inline constexpr std::size_t kPlatformTextMax = 128;

/// `architecture` and `os` of the config, each empty when it is absent or no reasonable text. A
/// config may be anything: what is no JSON object has neither. Never fails.
Platform parse_image_config(ByteView bytes);

}  // namespace berth::oci
