// SPDX-License-Identifier: Apache-2.0
#include "api/preconditions.h"

namespace berth::api {

std::string etag_of(const oci::Digest& digest) {
    std::string etag = digest.text();
    etag.insert(0, 1, '"').push_back('"');
    return etag;
}

// A digest holds no comma, so splitting at commas cannot cut the ETag looked for.
bool none_match_says_unchanged(const http::RequestHead& request, const std::string& etag) {
    const std::string merged = request.merged("If-None-Match");
    std::string_view rest = merged;
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        std::string_view candidate = http::trimmed(rest.substr(0, comma));
        if (candidate.starts_with("W/")) {
            candidate.remove_prefix(2);
        }
        if (candidate == "*" || candidate == etag) {
            return true;
        }
        rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    }
    return false;
}

bool range_applies(const http::RequestHead& request, const std::string& etag) {
    const auto condition = request.header("If-Range");
    return !condition || *condition == etag;
}

}  // namespace berth::api
