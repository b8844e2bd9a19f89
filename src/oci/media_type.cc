// SPDX-License-Identifier: Apache-2.0
#include "oci/media_type.h"

#include <algorithm>
#include <array>
#include <utility>

namespace berth::oci {
namespace {

constexpr std::string_view kForeignLayer =
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
constexpr std::string_view kForeignLayerPlain =
    "application/vnd.docker.image.rootfs.foreign.diff.tar";
constexpr std::string_view kNonDistributable =
    "application/vnd.oci.image.layer.nondistributable.v1.";

constexpr std::array<std::pair<std::string_view, ManifestKind>, 8> kKinds = {{
    {kOciManifest, ManifestKind::oci_image},
    {kOciIndex, ManifestKind::oci_index},
    {kDockerManifest, ManifestKind::docker_image},
    {kDockerList, ManifestKind::docker_list},
    {kOciArtifact, ManifestKind::oci_artifact},
    {kOrasArtifact, ManifestKind::oci_artifact},
    {kDockerSchema1, ManifestKind::schema1},
    {kDockerSchema1Signed, ManifestKind::schema1},
}};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool equal_any_case(std::string_view a, std::string_view b) {
    return a.size() == b.size() &&
           (a == b || std::equal(a.begin(), a.end(), b.begin(),
                                 [](char x, char y) { return lower(x) == lower(y); }));
}

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

}  // namespace

std::string_view without_parameters(std::string_view media_type) {
    std::string_view type = media_type.substr(0, media_type.find(';'));
    while (!type.empty() && is_blank(type.front())) {
        type.remove_prefix(1);
    }
    while (!type.empty() && is_blank(type.back())) {
        type.remove_suffix(1);
    }
    return type;
}

ManifestKind kind_of(std::string_view media_type) {
    const std::string_view type = without_parameters(media_type);
    for (const auto& [name, kind] : kKinds) {
        if (equal_any_case(type, name)) {
            return kind;
        }
    }
    return ManifestKind::unknown;
}

bool is_non_distributable(std::string_view media_type) {
    const std::string_view type = without_parameters(media_type);
    return equal_any_case(type, kForeignLayer) || equal_any_case(type, kForeignLayerPlain) ||
           equal_any_case(type.substr(0, kNonDistributable.size()), kNonDistributable);
}

}  // namespace berth::oci
