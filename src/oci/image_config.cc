// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.h"

#include "oci/json_document.h"

#include <boost/json/monotonic_resource.hpp>

namespace berth::oci {
namespace {

namespace json = boost::json;

/// A config lists environment, labels and history: thousands of values at most.
constexpr std::size_t kConfigValuesMax = 100'000;

std::string short_text(const json::object& config, std::string_view name) {
    const json::value* member = config.if_contains(name);
    const json::string* text = member != nullptr ? member->if_string() : nullptr;
    if (text == nullptr || text->size() > kPlatformTextMax) {
        return {};
    }
    return std::string(text->data(), text->size());
}

}  // namespace

Platform parse_image_config(ByteView bytes) {
    json::monotonic_resource memory;
    const auto config = parse_json_object(as_text(bytes), &memory, kConfigValuesMax);
    Platform platform;
    if (config) {
        platform.architecture = short_text(config->get_object(), "architecture");
        platform.os = short_text(config->get_object(), "os");
    }
    return platform;
}

}  // namespace berth::oci
