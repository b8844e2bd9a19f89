// SPDX-License-Identifier: Apache-2.0
#include "app/suggestion.h"

#include <algorithm>
#include <vector>

namespace berth::app {
namespace {

// One edit per three characters, at least two.
std::size_t distance_max(std::string_view name) {
    return std::max<std::size_t>(2, name.size() / 3);
}

bool lacks_only_prefix(std::string_view unknown, std::string_view known) {
    unknown.remove_prefix(std::min(unknown.find_first_not_of('-'), unknown.size()));
    if (unknown.size() < 3 || known.size() <= unknown.size() || !known.ends_with(unknown)) {
        return false;
    }
    const char before = known[known.size() - unknown.size() - 1];
    return before == '.' || before == '-' || before == '_';
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) {
        row[j] = j;
    }
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before_last.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
                row[j] = std::min(row[j], before_last[j - 2] + 1);
            }
        }
    }
    return row[b.size()];
}

std::string suggestion(std::string_view unknown, std::span<const std::string> known) {
    const std::string* nearest = nullptr;
    std::size_t nearest_distance = distance_max(unknown) + 1;
    for (const std::string& name : known) {
        const std::size_t distance =
            lacks_only_prefix(unknown, name) ? 1 : edit_distance(unknown, name);
        // A short name is not near because everything short is.
        if (distance < nearest_distance && distance < name.size()) {
            nearest = &name;
            nearest_distance = distance;
        }
    }
    return nearest == nullptr ? std::string() : "; did you mean '" + *nearest + "'?";
}

}  // namespace berth::app
