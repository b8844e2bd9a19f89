// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/json_members.h"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace berth::auth {

namespace json = boost::json;

namespace {
constexpr std::size_t kJsonDepth = 8;
}  // namespace

Result<json::object> parse_json_object(std::string_view text) {
    json::parse_options options;
    options.max_depth = kJsonDepth;
    boost::system::error_code error;
    const json::value value = json::parse(text, error, {}, options);
    if (error) {
        return fail(Errc::bad_request, "not JSON: " + error.message());
    }
    if (!value.is_object()) {
        return fail(Errc::bad_request, "not a JSON object");
    }
    return value.get_object();
}

const json::value* JsonMembers::take(std::string_view name) {
    known_.emplace(name);
    return object_.if_contains(name);
}

void JsonMembers::expect(bool right, std::string_view name, std::string_view type) {
    if (!right && problem_.empty()) {
        problem_ = "'" + std::string(name) + "' is not " + std::string(type);
    }
}

void JsonMembers::read(std::string_view name, std::string& target) {
    if (const json::value* value = take(name)) {
        expect(value->is_string(), name, "a text");
        target = value->is_string() ? std::string(value->get_string()) : std::string();
    }
}

void JsonMembers::read(std::string_view name, bool& target) {
    if (const json::value* value = take(name)) {
        expect(value->is_bool(), name, "true or false");
        target = value->is_bool() && value->get_bool();
    }
}

void JsonMembers::read(std::string_view name, std::int64_t& target) {
    if (const json::value* value = take(name)) {
        expect(value->is_int64(), name, "a whole number");
        target = value->is_int64() ? value->get_int64() : 0;
    }
}

void JsonMembers::read(std::string_view name, std::vector<std::string>& target) {
    const json::value* value = take(name);
    if (value == nullptr) {
        return;
    }
    target.clear();
    const bool is_list = value->is_array();
    expect(is_list && std::ranges::all_of(value->get_array(),
                                          [](const json::value& item) { return item.is_string(); }),
           name, "a list of texts");
    for (const json::value& item : is_list ? value->get_array() : json::array()) {
        target.emplace_back(item.is_string() ? std::string_view(item.get_string()) : "");
    }
}

void JsonMembers::read(std::string_view name, std::vector<const json::object*>& target) {
    const json::value* value = take(name);
    if (value == nullptr) {
        return;
    }
    expect(value->is_array() && std::ranges::all_of(value->get_array(), &json::value::is_object),
           name, "a list of objects");
    if (problem_.empty()) {
        for (const json::value& item : value->get_array()) {
            target.push_back(&item.get_object());
        }
    }
}

Result<void> JsonMembers::finish() const {
    if (!problem_.empty()) {
        return fail(Errc::bad_request, problem_);
    }
    for (const json::key_value_pair& member : object_) {
        if (!known_.contains(std::string_view(member.key()))) {
            return fail(Errc::bad_request, "unknown member '" + std::string(member.key()) + "'");
        }
    }
    return {};
}

}  // namespace berth::auth
