// SPDX-License-Identifier: Apache-2.0
//
// The request target taken apart: decoded path, decoded query. Strict percent-decoding.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::http {

class Query {
  public:
    /// Pairs of `a=b&c=d`, decoded with `+` as a blank; only the first kQueryParametersMax count.
    /// nullopt for broken percent-encoding.
    static std::optional<Query> parse(std::string_view text);

    /// The first value of `name`.
    std::optional<std::string_view> get(std::string_view name) const;
    std::vector<std::string_view> all(std::string_view name) const;

  private:
    std::vector<std::pair<std::string, std::string>> pairs_;
};

struct Target {
    std::string path;        // decoded (acr-wire 1.6: matched after decoding)
    std::string_view query;  // raw, without '?'
};

/// Accepts origin-form and absolute-form. nullopt for anything else, broken percent-encoding, or a
/// target with NUL.
std::optional<Target> parse_target(std::string_view target);

}  // namespace berth::http
