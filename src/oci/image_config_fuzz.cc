// SPDX-License-Identifier: Apache-2.0
//
// The whole input as an image's config. What is said of its platform is what a reader without our
// limits finds there, too.
#include "oci/image_config.h"

#include "base/assert.h"

#include <boost/json/parse.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace {

namespace json = boost::json;

std::string text_of(const json::value& document, std::string_view name) {
    const json::value* member = document.as_object().if_contains(name);
    const json::string* text = member == nullptr ? nullptr : member->if_string();
    return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const oci::Platform platform = oci::parse_image_config(as_bytes(text));
    BERTH_CHECK(platform.variant.empty());
    BERTH_CHECK(platform.architecture.size() <= oci::kPlatformTextMax);
    BERTH_CHECK(platform.os.size() <= oci::kPlatformTextMax);
    if (platform.architecture.empty() && platform.os.empty()) {
        return 0;
    }
    json::error_code why;
    const json::value document = json::parse(text, why);
    BERTH_CHECK(!why && document.is_object());
    BERTH_CHECK(platform.architecture.empty() ||
                platform.architecture == text_of(document, "architecture"));
    BERTH_CHECK(platform.os.empty() || platform.os == text_of(document, "os"));
    return 0;
}
