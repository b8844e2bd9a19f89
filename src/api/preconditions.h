// SPDX-License-Identifier: Apache-2.0
//
// If-None-Match and If-Range against the ETag of content that never changes: its quoted digest.
#pragma once

#include "http/message.h"
#include "oci/digest.h"

#include <string>

namespace berth::api {

/// `"sha256:..."`.
std::string etag_of(const oci::Digest& digest);
/// RFC 9110 13.1.2, weak comparison; `*` matches.
bool none_match_says_unchanged(const http::RequestHead& request, const std::string& etag);
/// RFC 9110 13.1.5: false when If-Range names something else, so that Range must be ignored.
bool range_applies(const http::RequestHead& request, const std::string& etag);

}  // namespace berth::api
