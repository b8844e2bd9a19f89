// SPDX-License-Identifier: Apache-2.0
//
// What a registry needs to know of a manifest, read from the exact bytes that were pushed. The
// bytes themselves are stored untouched; nothing is ever rendered back from this structure.
#pragma once

#include "base/error.h"
#include "base/limits.h"
#include "oci/digest.h"
#include "oci/media_type.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::oci {

using Annotations = std::vector<std::pair<std::string, std::string>>;  // in document order

enum class ReferenceRole : std::uint8_t { config = 1, layer = 2, child = 3 };

struct Platform {
    std::string architecture;
    std::string os;
    std::string variant;
};

struct Descriptor {
    ReferenceRole role = ReferenceRole::layer;
    std::string media_type;
    Digest digest;
    std::uint64_t size = 0;
    std::optional<Platform> platform;
    /// A foreign or non-distributable layer: it may be absent from the registry.
    bool may_be_absent = false;
};

struct Manifest {
    ManifestKind kind = ManifestKind::unknown;
    /// From the document's mediaType, else from Content-Type.
    std::string media_type;
    /// artifactType; for an image without one the config's media type, as referrers want it
    /// (OCI distribution-spec "Listing Referrers").
    std::string artifact_type;
    /// Config media type, empty for an index.
    std::string config_media_type;
    /// What the config blob says (image_config.h); parse_manifest() leaves it empty.
    Platform platform;
    /// In document order: config first, then layers (or `blobs`), or children.
    std::vector<Descriptor> references;
    std::optional<Digest> subject;
    /// The document's `annotations` as JSON text, `{}`-less when absent (empty string).
    std::string annotations_json;
};

/// How large a manifest may be, beside its bytes (settings limits.manifest_*).
struct ManifestBounds {
    /// Config, layers and children together.
    std::size_t descriptors_max = Limits().manifest_descriptors_max;
    /// The manifest's own and those of its descriptors together.
    std::size_t annotations_max = Limits().manifest_annotations_max;
    /// Nesting of the JSON.
    std::size_t depth_max = Limits().manifest_depth_max;
};

/// Parses and validates `bytes` pushed with `content_type` (may be empty or carry parameters).
/// Without a media type in either place the kind is inferred from `manifests` or `config`; a
/// Content-Type of application/json counts as none.
/// Errc::manifest_invalid with wire detail `{"Reason":...}` when: not JSON, an object
/// names a member twice, more depth, descriptors or annotations than `bounds`, schemaVersion not 2
/// (artifact manifests have none), an unknown media type, mediaType disagrees with Content-Type,
/// image and index mixed in one document (type confusion), a descriptor, the subject or the
/// annotations malformed. Errc::unsupported for schema 1. Never throws.
Result<Manifest> parse_manifest(std::string_view content_type, ByteView bytes,
                                const ManifestBounds& bounds = {});

}  // namespace berth::oci
