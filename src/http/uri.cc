// SPDX-License-Identifier: Apache-2.0
#include "http/uri.h"

#include "base/encode.h"
#include "base/limits.h"

namespace berth::http {

namespace {

/// `http://host/path` -> `/path`; RFC 9112 3.2.2 wants servers to accept it.
std::string_view without_authority(std::string_view target) {
    for (const std::string_view scheme : {"http://", "https://"}) {
        if (target.starts_with(scheme)) {
            const std::size_t end = target.find_first_of("/?", scheme.size());
            return end == std::string_view::npos ? std::string_view("/") : target.substr(end);
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
    target = without_authority(target);
    if (!target.starts_with('/')) {
        return std::nullopt;
    }
    const std::size_t question = target.find('?');
    auto path = percent_decode(target.substr(0, question));
    if (!path) {
        return std::nullopt;
    }
    Target parts;
    parts.path = std::move(*path);
    if (question != std::string_view::npos) {
        parts.query = target.substr(question + 1);
    }
    return parts;
}

}  // namespace berth::http
