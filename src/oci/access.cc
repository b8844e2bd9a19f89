// SPDX-License-Identifier: Apache-2.0
#include "oci/access.h"

namespace berth::oci {

std::string_view name_of(Action action) {
    switch (action) {
        case Action::pull:
            return "pull";
        case Action::push:
            return "push";
        case Action::remove:
            return "delete";
        case Action::metadata_read:
            return "metadata_read";
        case Action::metadata_write:
            return "metadata_write";
        case Action::catalog:
            return "*";
    }
    return "";
}

std::optional<Action> parse_action(std::string_view word) {
    for (const Action action : {Action::pull, Action::push, Action::remove, Action::metadata_read,
                                Action::metadata_write, Action::catalog}) {
        if (name_of(action) == word) {
            return action;
        }
    }
    return std::nullopt;
}

}  // namespace berth::oci
