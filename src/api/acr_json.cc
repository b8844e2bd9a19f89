// SPDX-License-Identifier: Apache-2.0
#include "api/acr_json.h"

#include "base/clock.h"
#include "base/encode.h"

namespace berth::api {

namespace {

using registry::Attributes;
using registry::ManifestRow;
using registry::TagRow;

/// What of the quarantine a view shows (acr-wire 9.1): lists leave out the details.
enum class View : std::uint8_t { list, single };

/// Room for a tag or manifest without its name and tags: one allocation for a page.
constexpr std::size_t kRowBytes = 640;

void append_name(std::string& out, std::string_view name) {
    if (!out.ends_with('{')) {
        out += ',';
    }
    out += '"';
    out += name;
    out += "\":";
}

void append_text(std::string& out, std::string_view name, std::string_view text) {
    append_name(out, name);
    append_json_quoted(out, text);
}

void append_text_if_any(std::string& out, std::string_view name, std::string_view text) {
    if (!text.empty()) {
        append_text(out, name, text);
    }
}

void append_number(std::string& out, std::string_view name, std::uint64_t number) {
    append_name(out, name);
    out += std::to_string(number);
}

void append_flag(std::string& out, std::string_view name, bool flag) {
    append_name(out, name);
    out += flag ? "true" : "false";
}

void append_times(std::string& out, Timestamp created, Timestamp updated) {
    append_text(out, "createdTime", format_timestamp(created));
    append_text(out, "lastUpdateTime", format_timestamp(updated));
}

void append_array(std::string& out, const std::vector<std::string>& items) {
    out += '[';
    for (const std::string& item : items) {
        out += out.ends_with('[') ? "" : ",";
        append_json_quoted(out, item);
    }
    out += ']';
}

/// Leaves the object open for what a level adds to the four.
void open_attributes(std::string& out, const Attributes& attributes) {
    append_name(out, "changeableAttributes");
    out += '{';
    append_flag(out, "deleteEnabled", attributes.delete_enabled);
    append_flag(out, "writeEnabled", attributes.write_enabled);
    append_flag(out, "readEnabled", attributes.read_enabled);
    append_flag(out, "listEnabled", attributes.list_enabled);
}

void append_tag(std::string& out, const TagRow& row) {
    out += '{';
    append_text(out, "name", row.name);
    append_text(out, "digest", row.digest.text());
    append_times(out, row.created, row.updated);
    append_flag(out, "signed", false);
    append_text_if_any(out, "quarantineState", row.quarantine_state);
    open_attributes(out, row.attributes);
    out += "}}";
}

/// Leaves the object open: the single view adds an index's children.
void open_manifest(std::string& out, const ManifestRow& row, View view) {
    out += '{';
    append_text(out, "digest", row.digest.text());
    append_number(out, "imageSize", row.image_size);
    append_times(out, row.created, row.updated);
    append_text_if_any(out, "architecture", row.architecture);
    append_text_if_any(out, "os", row.os);
    append_text(out, "mediaType", row.media_type);
    append_text_if_any(out, "configMediaType", row.config_media_type);
    if (!row.tags.empty()) {
        append_name(out, "tags");
        append_array(out, row.tags);
    }
    open_attributes(out, row.attributes);
    if (view == View::single) {
        append_text_if_any(out, "quarantineDetails", row.quarantine_details);
    }
    append_text_if_any(out, "quarantineState", row.quarantine_state);
    out += '}';
}

void append_references(std::string& out, const std::vector<registry::ChildRow>& children) {
    append_name(out, "references");
    out += '[';
    for (const registry::ChildRow& child : children) {
        out += out.ends_with('[') ? "{" : ",{";
        append_text(out, "digest", child.digest.text());
        append_text_if_any(out, "architecture", child.architecture);
        append_text_if_any(out, "os", child.os);
        out += '}';
    }
    out += ']';
}

std::string begin(std::string_view host, std::string_view repository) {
    std::string out = "{";
    append_text(out, "registry", host);
    append_text(out, "imageName", repository);
    return out;
}

}  // namespace

std::string json_array(const std::vector<std::string>& items) {
    std::string out;
    append_array(out, items);
    return out;
}

std::string repository_json(std::string_view host, std::string_view repository,
                            const registry::RepositoryRow& row) {
    std::string out = begin(host, repository);
    append_times(out, row.created, row.updated);
    append_number(out, "manifestCount", static_cast<std::uint64_t>(row.manifest_count));
    append_number(out, "tagCount", static_cast<std::uint64_t>(row.tag_count));
    open_attributes(out, row.attributes);
    append_flag(out, "teleportEnabled", row.teleport_enabled);
    return out + "}}\n";
}

std::string removed_repository_json(const registry::RemovedRepository& removed) {
    std::string out = "{";
    append_name(out, "manifestsDeleted");
    append_array(out, removed.manifests);
    append_name(out, "tagsDeleted");
    if (removed.tags.empty()) {
        out += "null";
    } else {
        append_array(out, removed.tags);
    }
    return out + "}\n";
}

std::string tag_json(std::string_view host, std::string_view repository, const TagRow& row) {
    std::string out = begin(host, repository);
    append_name(out, "tag");
    append_tag(out, row);
    return out + "}\n";
}

std::string tags_json(std::string_view host, std::string_view repository,
                      const std::vector<TagRow>& rows) {
    std::string out = begin(host, repository);
    append_name(out, "tags");
    if (rows.empty()) {
        return out + "null}\n";
    }
    out.reserve(out.size() + rows.size() * kRowBytes);
    out += '[';
    for (const TagRow& row : rows) {
        out += out.ends_with('[') ? "" : ",";
        append_tag(out, row);
    }
    return out + "]}\n";
}

std::string manifest_json(std::string_view host, std::string_view repository,
                          const registry::ManifestDetails& details) {
    std::string out = begin(host, repository);
    append_name(out, "manifest");
    open_manifest(out, details.manifest, View::single);
    if (!details.children.empty()) {
        append_references(out, details.children);
    }
    return out + "}}\n";
}

std::string manifests_json(std::string_view host, std::string_view repository,
                           const std::vector<ManifestRow>& rows) {
    std::string out = begin(host, repository);
    append_name(out, "manifests");
    if (rows.empty()) {
        return out + "null}\n";
    }
    out.reserve(out.size() + rows.size() * kRowBytes);
    out += '[';
    for (const ManifestRow& row : rows) {
        out += out.ends_with('[') ? "" : ",";
        open_manifest(out, row, View::list);
        out += '}';
    }
    return out + "]}\n";
}

std::string deleted_manifests_json(std::string_view host, std::string_view repository,
                                   const std::vector<registry::DeletedManifestRow>& rows) {
    std::string out = begin(host, repository);
    append_name(out, "manifests");
    out.reserve(out.size() + rows.size() * kRowBytes);
    out += '[';
    for (const registry::DeletedManifestRow& row : rows) {
        out += out.ends_with('[') ? "{" : ",{";
        append_text(out, "digest", row.digest.text());
        append_number(out, "imageSize", row.image_size);
        append_times(out, row.created, row.updated);
        append_text(out, "deletedAt", format_timestamp(row.deleted));
        append_text(out, "mediaType", row.media_type);
        out += '}';
    }
    return out + "]}\n";
}

std::string deleted_tags_json(std::string_view host, std::string_view repository,
                              const std::vector<registry::DeletedTagRow>& rows) {
    std::string out = begin(host, repository);
    append_name(out, "tags");
    out.reserve(out.size() + rows.size() * kRowBytes);
    out += '[';
    for (const registry::DeletedTagRow& row : rows) {
        out += out.ends_with('[') ? "{" : ",{";
        append_text(out, "tag", row.name);
        append_text(out, "digest", row.digest.text());
        append_times(out, row.created, row.updated);
        append_text(out, "deletedAt", format_timestamp(row.deleted));
        out += '}';
    }
    return out + "]}\n";
}

std::string restored_json(std::string_view host, std::string_view repository,
                          const registry::Restored& restored) {
    std::string out = begin(host, repository);
    append_name(out, "manifestsRestored");
    append_array(out, restored.manifests);
    append_name(out, "tagsRestored");
    append_array(out, restored.tags);
    return out + "}\n";
}

}  // namespace berth::api
