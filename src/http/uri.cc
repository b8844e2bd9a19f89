// SPDX-License-Identifier: Apache-2.0
#include "http/uri.h"

#include "base/encode.h"
#include "base/limits.h"
#include "http/message.h"

#include <algorithm>

namespace berth::http {

namespace {

/// `http://host/path` -> `/path`, `http://host` -> nothing; RFC 9112 3.2.2 wants servers to accept
/// it.
std::string_view without_authority(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (equal_ignoring_case(target.substr(0, scheme.size()), scheme)) {
            return target.substr(
                std::min(target.find_first_of("/?", scheme.size()), target.size()));
        }
    }
    return target;
}

}  // namespace

std::optional<Query> Query::parse(std::string_view text) {
    Query query;
    while (!text.empty() && query.pairs_.size() < kQueryParametersMax) {
        const std::size_t end = text.find('&');
        const std::string_view pair = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = pair.find('=');
        auto name = percent_decode(pair.substr(0, equals), true);
        auto value = equals == std::string_view::npos
                         ? std::optional<std::string>(std::string())
                         : percent_decode(pair.substr(equals + 1), true);
        if (!name || !value) {
            return std::nullopt;
        }
        query.pairs_.emplace_back(std::move(*name), std::move(*value));
    }
    return query;
}

std::optional<std::string_view> Query::get(std::string_view name) const {
    for (const auto& [key, value] : pairs_) {
        if (key == name) {
            return value;
        }
    }
    return std::nullopt;
}

std::vector<std::string_view> Query::all(std::string_view name) const {
    std::vector<std::string_view> values;
    for (const auto& [key, value] : pairs_) {
        if (key == name) {
            values.emplace_back(value);
        }
    }
    return values;
}

std::optional<Target> parse_target(std::string_view target) {
    const std::string_view local = without_authority(target);
    const std::size_t question = local.find('?');
    const std::string_view raw_path = local.substr(0, question);
    const bool absolute_form = local.data() != target.data();
    const bool has_path = raw_path.empty() ? absolute_form : raw_path.front() == '/';
    if (!has_path || target.find('\0') != std::string_view::npos) {
        return std::nullopt;
    }
    auto path = percent_decode(raw_path.empty() ? "/" : raw_path);
    if (!path) {
        return std::nullopt;
    }
    Target parts;
    parts.path = std::move(*path);
    if (question != std::string_view::npos) {
        parts.query = local.substr(question + 1);
    }
    return parts;
}

}  // namespace berth::http
