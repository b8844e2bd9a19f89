// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: small manifests as text, made from the contents they name.
#pragma once

#include "oci/media_type.h"
#include "registry/testing/registry_fixture.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace berth::registry {

inline std::string descriptor(std::string_view media_type, std::string_view content) {
    return fmt::format(R"({{"mediaType":"{}","digest":"{}","size":{}}})", media_type,
                       sha256(content).text(), content.size());
}

inline std::string image(std::string_view config, std::string_view layer,
                         std::string_view subject = {}) {
    const std::string end =
        subject.empty() ? std::string() : R"(,"subject":)" + descriptor(oci::kOciManifest, subject);
    return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","config":{},"layers":[{}]{}}})",
                       oci::kOciManifest,
                       descriptor("application/vnd.oci.image.config.v1+json", config),
                       descriptor("application/vnd.oci.image.layer.v1.tar", layer), end);
}

inline std::string index_of(std::string_view child) {
    return fmt::format(R"({{"schemaVersion":2,"mediaType":"{}","manifests":[{}]}})", oci::kOciIndex,
                       descriptor(oci::kOciManifest, child));
}

}  // namespace berth::registry
