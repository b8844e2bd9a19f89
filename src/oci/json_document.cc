// SPDX-License-Identifier: Apache-2.0
#include "oci/json_document.h"

#include "base/limits.h"
#include "oci/json_scan.h"

#include <boost/json/parse.hpp>

namespace berth::oci {
namespace {

namespace json = boost::json;

/// Members of all objects in `value`. Depth is bounded by the parser.
std::size_t count_members(const json::value& value) {
    std::size_t count = 0;
    if (const json::object* object = value.if_object()) {
        count = object->size();
        for (const json::key_value_pair& member : *object) {
            count += count_members(member.value());
        }
    } else if (const json::array* array = value.if_array()) {
        for (const json::value& element : *array) {
            count += count_members(element);
        }
    }
    return count;
}

}  // namespace

// Boost.JSON keeps the last of a name, so a document with duplicates has fewer members parsed than
// written.
std::expected<json::value, std::string> parse_json_object(std::string_view text,
                                                          json::storage_ptr memory,
                                                          std::size_t values_max,
                                                          std::size_t depth_max) {
    const JsonCount written = count_json(text);
    if (written.values > values_max) {
        return std::unexpected("too many JSON values");
    }
    json::parse_options options;
    options.max_depth = depth_max;
    json::error_code why;
    json::value document = json::parse(text, why, std::move(memory), options);
    if (why) {
        return std::unexpected("not a JSON document: " + why.message());
    }
    if (!document.is_object()) {
        return std::unexpected("not a JSON object");
    }
    if (count_members(document) != written.members) {
        return std::unexpected("duplicate JSON member");
    }
    return document;
}

}  // namespace berth::oci
