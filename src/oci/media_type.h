// SPDX-License-Identifier: Apache-2.0
//
// The media types a registry must tell apart. Everything else is opaque.
#pragma once

#include <cstdint>
#include <string_view>

namespace berth::oci {

inline constexpr std::string_view kOciManifest = "application/vnd.oci.image.manifest.v1+json";
inline constexpr std::string_view kOciIndex = "application/vnd.oci.image.index.v1+json";
inline constexpr std::string_view kOciArtifact = "application/vnd.oci.artifact.manifest.v1+json";
inline constexpr std::string_view kOrasArtifact =
    "application/vnd.cncf.oras.artifact.manifest.v1+json";
inline constexpr std::string_view kDockerManifest =
    "application/vnd.docker.distribution.manifest.v2+json";
inline constexpr std::string_view kDockerList =
    "application/vnd.docker.distribution.manifest.list.v2+json";
inline constexpr std::string_view kDockerSchema1 =
    "application/vnd.docker.distribution.manifest.v1+json";
inline constexpr std::string_view kDockerSchema1Signed =
    "application/vnd.docker.distribution.manifest.v1+prettyjws";
inline constexpr std::string_view kOctetStream = "application/octet-stream";

enum class ManifestKind : std::uint8_t {
    oci_image,
    oci_index,
    oci_artifact,  // the withdrawn artifact manifests: `blobs` and `subject`, no config
    docker_image,
    docker_list,
    schema1,
    unknown,
};

/// `media_type` without parameters, any letter case.
ManifestKind kind_of(std::string_view media_type);
/// `application/json; charset=utf-8` -> `application/json`: trimmed, its letter case kept.
std::string_view without_parameters(std::string_view media_type);
/// True for layers whose bytes may live elsewhere (foreign and non-distributable layers).
bool is_non_distributable(std::string_view media_type);

}  // namespace berth::oci
