// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.h"

#include "base/encode.h"
#include "base/try.h"
#include "oci/json_document.h"

#include <boost/json/monotonic_resource.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <limits>

namespace berth::oci {
namespace {

namespace json = boost::json;

// A value of the parsed document takes up to 40 bytes, a byte of text may be half a value: without
// a cap 4 MiB of `[1,1,1` become 80 MiB. Ten thousand descriptors with annotations stay far below.
constexpr std::size_t kJsonValuesMax = 500'000;
// Nearly every manifest is parsed within this much stack and without the heap.
constexpr std::size_t kArenaBytes = 16 * kKiB;

std::unexpected<Error> invalid(std::string why) {
    std::string detail = R"({"Reason":)" + json_quote(why) + "}";
    return fail(Error(Errc::manifest_invalid, std::move(why)).with_wire_detail(std::move(detail)));
}

std::unexpected<Error> schema1_unsupported() {
    return fail(Error(Errc::unsupported, "schema 1 manifest")
                    .with_message("schema 1 manifests are not supported; push a docker schema 2 "
                                  "or OCI manifest"));
}

std::string quoted(std::string_view name) {
    return "'" + std::string(name) + "'";
}

std::string lower_case(std::string_view text) {
    std::string lower(text);
    for (char& c : lower) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    return lower;
}

bool is_image(ManifestKind kind) {
    return kind == ManifestKind::oci_image || kind == ManifestKind::docker_image;
}

bool is_index(ManifestKind kind) {
    return kind == ManifestKind::oci_index || kind == ManifestKind::docker_list;
}

bool is_docker(ManifestKind kind) {
    return kind == ManifestKind::docker_image || kind == ManifestKind::docker_list;
}

/// The member, or nullptr when it is absent or null: Go's encoder writes an empty list as null.
const json::value* find(const json::object& object, std::string_view name) {
    const json::value* member = object.if_contains(name);
    return member == nullptr || member->is_null() ? nullptr : member;
}

/// The text of a member, empty when absent.
Result<std::string_view> text_of(const json::object& object, std::string_view name) {
    const json::value* member = find(object, name);
    if (member == nullptr) {
        return std::string_view();
    }
    if (!member->is_string()) {
        return invalid(quoted(name) + " is not a string");
    }
    const json::string& text = member->get_string();
    return std::string_view(text.data(), text.size());
}

/// Duplicate names are refused because with them a digest could stand for two contents.
Result<json::value> parse_document(std::string_view text, json::storage_ptr memory,
                                   std::size_t depth_max) {
    auto document = parse_json_object(text, std::move(memory), kJsonValuesMax, depth_max);
    if (!document) {
        return invalid(std::move(document).error());
    }
    return *std::move(document);
}

bool is_schema1(const json::object& document) {
    const json::value* version = find(document, "schemaVersion");
    const bool first = version != nullptr && version->is_int64() && version->get_int64() == 1;
    return first &&
           (find(document, "fsLayers") != nullptr || find(document, "signatures") != nullptr);
}

/// What the document is when nothing names its type.
std::string_view inferred_type(const json::object& document) {
    if (find(document, "manifests") != nullptr) {
        return kOciIndex;
    }
    return find(document, "config") != nullptr ? kOciManifest : std::string_view();
}

/// The media type by which the manifest is stored: of the document, of Content-Type, or inferred.
Result<std::string> media_type_of(std::string_view content_type, const json::object& document) {
    BERTH_TRY(const std::string_view written, text_of(document, "mediaType"));
    std::string inside = lower_case(without_parameters(written));
    std::string outside = lower_case(without_parameters(content_type));
    if (outside == "application/json") {
        outside.clear();
    }
    if (!inside.empty() && !outside.empty() && inside != outside) {
        // The recorded detail of this case is an empty object (acr-wire 3.2).
        return fail(Error(Errc::manifest_invalid, "mediaType and Content-Type disagree")
                        .with_wire_detail(R"({"Reason":{}})"));
    }
    if (!inside.empty()) {
        return inside;
    }
    if (!outside.empty()) {
        return outside;
    }
    return std::string(inferred_type(document));
}

Result<void> check_schema_version(ManifestKind kind, const json::object& document) {
    const json::value* version = find(document, "schemaVersion");
    if (version == nullptr && kind == ManifestKind::oci_artifact) {
        return {};  // artifact manifests have no such member
    }
    if (version == nullptr || !version->is_int64() || version->get_int64() != 2) {
        return invalid("'schemaVersion' is not 2");
    }
    return {};
}

/// A document that is an image to one reader and an index to another is refused whatever its type
/// says (CVE-2021-41190).
Result<void> check_one_type(ManifestKind kind, const json::object& document) {
    const bool list = find(document, "manifests") != nullptr;
    const bool image = find(document, "config") != nullptr || find(document, "layers") != nullptr;
    if (is_index(kind) ? image : list) {
        return invalid("the document mixes an image with an index");
    }
    return {};
}

Result<std::uint64_t> size_of(const json::object& descriptor) {
    const json::value* size = find(descriptor, "size");
    if (size == nullptr || !size->is_int64() || size->get_int64() < 0) {
        return invalid("descriptor 'size' is not a non-negative integer");
    }
    return static_cast<std::uint64_t>(size->get_int64());
}

Result<Digest> digest_of_descriptor(const json::object& descriptor) {
    BERTH_TRY(const std::string_view text, text_of(descriptor, "digest"));
    const std::optional<Digest> digest = Digest::parse(text);
    if (!digest) {
        return invalid("descriptor 'digest' is not a sha256 or sha512 digest");
    }
    return *digest;
}

Result<std::optional<Platform>> platform_of(const json::object& descriptor) {
    const json::value* member = find(descriptor, "platform");
    if (member == nullptr) {
        return std::optional<Platform>();
    }
    const json::object* platform = member->if_object();
    if (platform == nullptr) {
        return invalid("'platform' is not an object");
    }
    BERTH_TRY(const std::string_view architecture, text_of(*platform, "architecture"));
    BERTH_TRY(const std::string_view os, text_of(*platform, "os"));
    BERTH_TRY(const std::string_view variant, text_of(*platform, "variant"));
    return Platform{std::string(architecture), std::string(os), std::string(variant)};
}

Result<Descriptor> descriptor_of(ManifestKind kind, ReferenceRole role, const json::value& value) {
    const json::object* object = value.if_object();
    if (object == nullptr) {
        return invalid("a descriptor is not an object");
    }
    BERTH_TRY(const std::string_view media_type, text_of(*object, "mediaType"));
    if (media_type.empty() && !is_docker(kind)) {
        return invalid("a descriptor has no 'mediaType'");
    }
    BERTH_TRY(const Digest digest, digest_of_descriptor(*object));
    BERTH_TRY(const std::uint64_t size, size_of(*object));
    Descriptor descriptor{.role = role,
                          .media_type = std::string(media_type),
                          .digest = digest,
                          .size = size,
                          .platform = std::nullopt,
                          .may_be_absent = false};
    if (role == ReferenceRole::child) {
        BERTH_TRY(descriptor.platform, platform_of(*object));
    }
    descriptor.may_be_absent = role == ReferenceRole::layer && is_non_distributable(media_type);
    return descriptor;
}

struct ReferenceList {
    std::string_view name;
    ReferenceRole role;
};

Result<void> add_list(Manifest& manifest, const json::object& document, ReferenceList wanted,
                      const ManifestBounds& bounds) {
    const json::value* member = find(document, wanted.name);
    if (member == nullptr) {
        return {};
    }
    const json::array* list = member->if_array();
    if (list == nullptr) {
        return invalid(quoted(wanted.name) + " is not an array");
    }
    if (list->size() + manifest.references.size() > bounds.descriptors_max) {
        return invalid("more than " + std::to_string(bounds.descriptors_max) + " descriptors");
    }
    manifest.references.reserve(manifest.references.size() + list->size());
    for (const json::value& element : *list) {
        BERTH_TRY(Descriptor descriptor, descriptor_of(manifest.kind, wanted.role, element));
        manifest.references.push_back(std::move(descriptor));
    }
    return {};
}

Result<void> add_config(Manifest& manifest, const json::object& document) {
    const json::value* member = find(document, "config");
    if (member == nullptr) {
        return invalid("'config' is missing");
    }
    BERTH_TRY(Descriptor config, descriptor_of(manifest.kind, ReferenceRole::config, *member));
    manifest.config_media_type = config.media_type;
    manifest.references.push_back(std::move(config));
    return {};
}

Result<void> add_references(Manifest& manifest, const json::object& document,
                            const ManifestBounds& bounds) {
    if (is_index(manifest.kind)) {
        return add_list(manifest, document, {"manifests", ReferenceRole::child}, bounds);
    }
    if (is_image(manifest.kind)) {
        BERTH_TRY_VOID(add_config(manifest, document));
        return add_list(manifest, document, {"layers", ReferenceRole::layer}, bounds);
    }
    return add_list(manifest, document, {"blobs", ReferenceRole::layer}, bounds);
}

std::size_t annotations_of(const json::object& object) {
    const json::value* member = find(object, "annotations");
    const json::object* annotations = member == nullptr ? nullptr : member->if_object();
    return annotations == nullptr ? 0 : annotations->size();
}

/// Of every descriptor, whatever list it is in.
std::size_t annotations_of_descriptors(const json::object& document) {
    std::size_t count = 0;
    for (const json::key_value_pair& member : document) {
        if (const json::object* descriptor = member.value().if_object()) {
            count += annotations_of(*descriptor);
        } else if (const json::array* list = member.value().if_array()) {
            for (const json::value& element : *list) {
                const json::object* object = element.if_object();
                count += object == nullptr ? 0 : annotations_of(*object);
            }
        }
    }
    return count;
}

Result<void> check_annotation_count(const json::object& document, const ManifestBounds& bounds) {
    if (annotations_of(document) + annotations_of_descriptors(document) > bounds.annotations_max) {
        return invalid("more than " + std::to_string(bounds.annotations_max) + " annotations");
    }
    return {};
}

Result<void> add_artifact_type(Manifest& manifest, const json::object& document) {
    BERTH_TRY(const std::string_view written, text_of(document, "artifactType"));
    manifest.artifact_type = written.empty() ? manifest.config_media_type : std::string(written);
    return {};
}

Result<void> add_subject(Manifest& manifest, const json::object& document) {
    const json::value* member = find(document, "subject");
    if (member == nullptr) {
        return {};
    }
    BERTH_TRY(const Descriptor subject,
              descriptor_of(manifest.kind, ReferenceRole::child, *member));
    manifest.subject = subject.digest;
    return {};
}

Result<void> add_annotations(Manifest& manifest, const json::object& document) {
    const json::value* member = find(document, "annotations");
    if (member == nullptr) {
        return {};
    }
    const json::object* annotations = member->if_object();
    const auto is_text = [](const json::key_value_pair& pair) { return pair.value().is_string(); };
    if (annotations == nullptr || !std::all_of(annotations->begin(), annotations->end(), is_text)) {
        return invalid("'annotations' is not an object of strings");
    }
    manifest.annotations_json = json::serialize(*annotations);
    return {};
}

Result<Manifest> read_document(std::string_view content_type, const json::object& document,
                               const ManifestBounds& bounds) {
    if (is_schema1(document)) {
        return schema1_unsupported();
    }
    Manifest manifest;
    BERTH_TRY(manifest.media_type, media_type_of(content_type, document));
    manifest.kind = kind_of(manifest.media_type);
    if (manifest.kind == ManifestKind::schema1) {
        return schema1_unsupported();
    }
    if (manifest.kind == ManifestKind::unknown) {
        return invalid("unknown manifest media type " + quoted(manifest.media_type));
    }
    BERTH_TRY_VOID(check_schema_version(manifest.kind, document));
    BERTH_TRY_VOID(check_one_type(manifest.kind, document));
    BERTH_TRY_VOID(add_references(manifest, document, bounds));
    BERTH_TRY_VOID(add_artifact_type(manifest, document));
    BERTH_TRY_VOID(add_subject(manifest, document));
    BERTH_TRY_VOID(check_annotation_count(document, bounds));
    BERTH_TRY_VOID(add_annotations(manifest, document));
    return manifest;
}

}  // namespace

Result<Manifest> parse_manifest(std::string_view content_type, ByteView bytes,
                                const ManifestBounds& bounds) {
    if (kind_of(content_type) == ManifestKind::schema1) {
        return schema1_unsupported();
    }
    std::array<unsigned char, kArenaBytes> arena;  // not cleared: the resource hands out raw memory
    json::monotonic_resource memory(arena.data(), arena.size());
    BERTH_TRY(const json::value document,
              parse_document(as_text(bytes), &memory, bounds.depth_max));
    return read_document(content_type, document.get_object(), bounds);
}

}  // namespace berth::oci
