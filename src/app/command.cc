// SPDX-License-Identifier: Apache-2.0
#include "app/command.h"

#include "base/assert.h"

namespace berth::app {

Parameter toggle(std::string name, std::string about) {
    return {std::move(name), "", std::move(about), Parameter::Values::none};
}

bool Arguments::has(std::string_view name) const {
    return !occurrences(name).empty();
}

std::string Arguments::text(std::string_view name) const {
    const Occurrences& given = occurrences(name);
    return given.empty() || given.back().empty() ? std::string() : given.back().back();
}

std::vector<std::string> Arguments::list(std::string_view name) const {
    std::vector<std::string> values;
    for (const std::vector<std::string>& occurrence : occurrences(name)) {
        values.insert(values.end(), occurrence.begin(), occurrence.end());
    }
    return values;
}

const Arguments::Occurrences& Arguments::occurrences(std::string_view name) const {
    const auto found = given_.find(name);
    BERTH_CHECK(found != given_.end());
    return found->second;
}

Command group(std::string path, std::string about, std::string footer) {
    Command made(std::move(path), std::move(about), Command::Takes::nothing, {}, {});
    made.footer = std::move(footer);
    return made;
}

}  // namespace berth::app
