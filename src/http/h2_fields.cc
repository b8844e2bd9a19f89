// SPDX-License-Identifier: Apache-2.0
#include "http/h2_fields.h"

#include <string>

namespace berth::http {

namespace {

/// What most responses have.
constexpr std::size_t kUsualFields = 24;

/// RFC 9110 8.6.
bool has_length(int status) {
    return status >= 200 && status != 204 && status != 304;
}

}  // namespace

// nghttp2 only reads what it is given to copy.
nghttp2_nv h2_field(std::string_view name, std::string_view value) {
    nghttp2_nv field{};
    field.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
    field.namelen = name.size();
    field.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
    field.valuelen = value.size();
    return field;
}

H2Fields::H2Fields(const Response& response, std::string_view date)
    : status_(std::to_string(response.status)) {
    fields_.reserve(kUsualFields);
    fields_.push_back(h2_field(":status", status_));
    fields_.push_back(h2_field("Server", "AzureContainerRegistry"));
    fields_.push_back(h2_field("Date", date));
    if (!response.content_type.empty()) {
        fields_.push_back(h2_field("Content-Type", response.content_type));
    }
    if (has_length(response.status)) {
        length_ = std::to_string(response.content_length());
        fields_.push_back(h2_field("Content-Length", length_));
    }
    for_each_header(response, [this](std::string_view name, std::string_view value) {
        fields_.push_back(h2_field(name, value));
    });
}

}  // namespace berth::http
