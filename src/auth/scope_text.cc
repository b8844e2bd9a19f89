// SPDX-License-Identifier: Apache-2.0
#include "auth/scope_text.h"

#include "oci/names.h"

#include <algorithm>

namespace berth::auth {
namespace {

// Calls `take` with each part of `text` between separators; stops and answers false when it does.
template <class Take>
bool split(std::string_view text, char separator, Take take) {
    while (true) {
        const std::size_t end = text.find(separator);
        if (!take(text.substr(0, end))) {
            return false;
        }
        if (end == std::string_view::npos) {
            return true;
        }
        text.remove_prefix(end + 1);
    }
}

bool all_of(std::string_view text, std::string_view punctuation) {
    return !text.empty() && std::ranges::all_of(text, [punctuation](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
               punctuation.find(c) != std::string_view::npos;
    });
}

bool is_grantable(const oci::Scope& scope) {
    if (scope.actions.empty()) {
        return false;
    }
    if (scope.type == oci::kRegistryType) {
        return scope.name == oci::kCatalog || scope.name == oci::kDeletedCatalog;
    }
    return scope.type == oci::kRepositoryType &&
           (scope.name == "*" || oci::Repository::parse(scope.name));
}

bool add_actions(std::string_view words, std::vector<oci::Action>& actions) {
    return split(words, ',', [&actions](std::string_view word) {
        if (!all_of(word, "_-/*")) {
            return false;
        }
        const auto action = oci::parse_action(word);
        if (action && std::ranges::find(actions, *action) == actions.end()) {
            actions.push_back(*action);
        }
        return true;
    });
}

// The name is what lies between the first colon and the last: it may hold a port.
bool add_scope(std::string_view text, std::vector<oci::Scope>& scopes) {
    const std::size_t first = text.find(':');
    const std::size_t last = text.rfind(':');
    if (first == std::string_view::npos || first == last) {
        return false;
    }
    oci::Scope scope;
    scope.type = text.substr(0, first);
    scope.name = text.substr(first + 1, last - first - 1);
    if (!all_of(scope.type, "-_()") || !all_of(scope.name, "-_./:*") ||
        !add_actions(text.substr(last + 1), scope.actions)) {
        return false;
    }
    if (is_grantable(scope)) {
        scopes.push_back(std::move(scope));
    }
    return true;
}

}  // namespace

std::optional<std::vector<oci::Scope>> parse_scopes(const std::vector<std::string_view>& texts) {
    std::vector<oci::Scope> scopes;
    std::size_t count = 0;
    const auto take = [&scopes, &count](std::string_view text) {
        return text.empty() || (++count <= kScopesMax && add_scope(text, scopes));
    };
    for (const std::string_view text : texts) {
        if (!split(text, ' ', take)) {
            return std::nullopt;
        }
    }
    return scopes;
}

}  // namespace berth::auth
