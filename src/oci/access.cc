// SPDX-License-Identifier: Apache-2.0
#include "oci/access.h"

#include "oci/names.h"

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
        case Action::deleted_read:
            return "deleted_read";
        case Action::deleted_restore:
            return "deleted_restore";
    }
    return "";
}

std::optional<Action> parse_action(std::string_view word) {
    for (const Action action :
         {Action::pull, Action::push, Action::remove, Action::metadata_read, Action::metadata_write,
          Action::catalog, Action::deleted_read, Action::deleted_restore}) {
        if (name_of(action) == word) {
            return action;
        }
    }
    return std::nullopt;
}

bool is_name_pattern(std::string_view pattern) {
    if (pattern == "*") {
        return true;
    }
    if (!pattern.ends_with('*')) {
        return Repository::parse(pattern).has_value();
    }
    // What can begin a name: with a letter after it, it is one.
    const std::string_view beginning = pattern.substr(0, pattern.size() - 1);
    return Repository::parse(std::string(beginning) + "a").has_value();
}

bool matches(std::string_view pattern, std::string_view repository) {
    if (pattern.ends_with('*')) {
        return repository.starts_with(pattern.substr(0, pattern.size() - 1));
    }
    return pattern == repository;
}

std::string_view name_of(SignIn sign_in) {
    switch (sign_in) {
        case SignIn::none:
            return "none";
        case SignIn::password:
            return "password";
        case SignIn::local_account:
            return "local_account";
        case SignIn::access_token:
            return "access_token";
        case SignIn::refresh_token:
            return "refresh_token";
        case SignIn::issuer_token:
            return "issuer_token";
    }
    return "";
}

std::string_view name_of(Principal::Kind kind) {
    switch (kind) {
        case Principal::Kind::anonymous:
            return "anonymous";
        case Principal::Kind::admin:
            return "admin";
        case Principal::Kind::user:
            return "user";
        case Principal::Kind::token:
            return "token";
        case Principal::Kind::federated:
            return "federated";
    }
    return "";
}

}  // namespace berth::oci
