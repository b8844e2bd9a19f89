// SPDX-License-Identifier: Apache-2.0
#include "api/attributes_body.h"

#include "base/encode.h"
#include "base/try.h"
#include "oci/json_document.h"

#include <boost/json/object.hpp>

#include <optional>
#include <string>

namespace berth::api {

namespace {

namespace json = boost::json;

/// Far above the few members there are, far below what would cost memory.
constexpr std::size_t kValuesMax = 1000;
constexpr std::size_t kQuarantineStateLengthMax = 64;

std::unexpected<Error> refuse(std::string why) {
    return fail(Error(Errc::bad_request).with_message(std::move(why)));
}

Result<json::value> parse(std::string_view body) {
    auto document = oci::parse_json_object(body, json::storage_ptr(), kValuesMax);
    if (!document) {
        return refuse("invalid attributes: " + document.error());
    }
    return *std::move(document);
}

/// nullptr when absent or null.
const json::value* find(const json::object& members, std::string_view name) {
    const json::value* value = members.if_contains(name);
    return value != nullptr && value->is_null() ? nullptr : value;
}

Result<void> read_flag(const json::object& members, std::string_view name,
                       std::optional<bool>& flag) {
    const json::value* value = find(members, name);
    if (value == nullptr) {
        return {};
    }
    if (!value->is_bool()) {
        return refuse("invalid attributes: " + std::string(name) + " is neither true nor false");
    }
    flag = value->get_bool();
    return {};
}

Result<void> read_text(const json::object& members, std::string_view name, std::size_t length_max,
                       std::optional<std::string>& text) {
    const json::value* value = find(members, name);
    if (value == nullptr) {
        return {};
    }
    if (!value->is_string()) {
        return refuse("invalid attributes: " + std::string(name) + " is not a string");
    }
    const json::string& content = value->get_string();
    if (content.size() > length_max) {
        return refuse("invalid attributes: " + std::string(name) + " is longer than " +
                      std::to_string(length_max) + " bytes");
    }
    text = std::string(content);
    return {};
}

Result<registry::AttributesChange> read_flags(const json::object& members) {
    registry::AttributesChange change;
    BERTH_TRY_VOID(read_flag(members, "deleteEnabled", change.delete_enabled));
    BERTH_TRY_VOID(read_flag(members, "writeEnabled", change.write_enabled));
    BERTH_TRY_VOID(read_flag(members, "readEnabled", change.read_enabled));
    BERTH_TRY_VOID(read_flag(members, "listEnabled", change.list_enabled));
    return change;
}

}  // namespace

Result<registry::RepositoryChange> parse_repository_change(std::string_view body) {
    BERTH_TRY(const json::value document, parse(body));
    const json::object& members = document.get_object();
    registry::RepositoryChange change;
    BERTH_TRY(change.attributes, read_flags(members));
    BERTH_TRY_VOID(read_flag(members, "teleportEnabled", change.teleport_enabled));
    return change;
}

Result<registry::AttributesChange> parse_tag_change(std::string_view body) {
    BERTH_TRY(const json::value document, parse(body));
    return read_flags(document.get_object());
}

Result<registry::ManifestChange> parse_manifest_change(std::string_view body) {
    BERTH_TRY(const json::value document, parse(body));
    const json::object& members = document.get_object();
    registry::ManifestChange change;
    BERTH_TRY(change.attributes, read_flags(members));
    BERTH_TRY_VOID(
        read_text(members, "quarantineState", kQuarantineStateLengthMax, change.quarantine_state));
    BERTH_TRY_VOID(read_text(members, "quarantineDetails", body.size(), change.quarantine_details));
    return change;
}

Result<std::optional<oci::Tag>> parse_restored_tag(std::string_view body) {
    if (body.empty()) {
        return std::nullopt;
    }
    BERTH_TRY(const json::value document, parse(body));
    std::optional<std::string> text;
    BERTH_TRY_VOID(read_text(document.get_object(), "tag", body.size(), text));
    if (!text || text->empty()) {
        return std::nullopt;
    }
    std::optional<oci::Tag> tag = oci::Tag::parse(*text);
    if (!tag) {
        return fail(Error(Errc::tag_invalid).with_wire_detail(json_quote(*text)));
    }
    return tag;
}

}  // namespace berth::api
