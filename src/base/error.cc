// SPDX-License-Identifier: Apache-2.0
#include "base/error.h"

#include <array>

namespace berth {
namespace {

// In the order of the enumeration; names_are_complete() below refuses a gap.
constexpr std::array<std::string_view, kErrcCount> kNames = {
    "name_unknown",
    "manifest_unknown",
    "tag_unknown",
    "blob_unknown",
    "upload_unknown",
    "name_invalid",
    "tag_invalid",
    "digest_invalid",
    "manifest_invalid",
    "manifest_blob_unknown",
    "manifest_too_large",
    "size_invalid",
    "upload_invalid",
    "upload_range_invalid",
    "range_not_satisfiable",
    "pagination_invalid",
    "too_many_tags",
    "bad_request",
    "payload_too_large",
    "attributes_too_large",
    "unsupported",
    "unauthenticated",
    "token_malformed",
    "token_invalid",
    "scope_insufficient",
    "denied",
    "disallowed",
    "rate_limited",
    "conflict",
    "timeout",
    "cancelled",
    "unavailable",
    "disk_full",
    "read_only",
    "io_error",
    "corrupt",
    "internal",
};

consteval bool names_are_complete() {
    for (const std::string_view name : kNames) {
        if (name.empty()) {
            return false;
        }
    }
    return true;
}

static_assert(names_are_complete(), "an Errc has no name");

}  // namespace

std::string_view name_of(Errc code) {
    return kNames.at(static_cast<std::size_t>(code));
}

}  // namespace berth
