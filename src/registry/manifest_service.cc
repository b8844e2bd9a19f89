// SPDX-License-Identifier: Apache-2.0
#include "registry/manifest_service.h"

#include "base/encode.h"
#include "base/try.h"
#include "meta/blobs.h"
#include "meta/repositories.h"
#include "meta/tags.h"
#include "oci/hasher.h"
#include "oci/image_config.h"
#include "registry/intact.h"
#include "registry/locks.h"
#include "registry/removal.h"

#include <fmt/format.h>

namespace berth::registry {
namespace {

/// acr-wire 3.2, both forms of MANIFEST_UNKNOWN.
Error unknown(const oci::Reference& reference) {
    if (const auto* tag = std::get_if<oci::Tag>(&reference)) {
        return Error(Errc::manifest_unknown)
            .with_message(fmt::format("manifest tagged by \"{}\" is not found", tag->text()))
            .with_wire_detail(fmt::format("{{\"Tag\":{}}}", json_quote(tag->text())));
    }
    return Error(Errc::manifest_unknown)
        .with_message(
            fmt::format("manifest {} is not found", std::get<oci::Digest>(reference).text()));
}

/// About what a kept manifest takes beside its key and bytes.
constexpr std::size_t kKeptOverhead = 512;

std::string cache_key(const oci::Repository& repository, const oci::Reference& reference) {
    if (const auto* tag = std::get_if<oci::Tag>(&reference)) {
        return answer_key(repository.text(), ':', tag->text());
    }
    return answer_key(repository.text(), '@', as_text(std::get<oci::Digest>(reference).stored()));
}

Result<void> check_references(db::Session& session, meta::RepositoryId repository,
                              const oci::Manifest& manifest) {
    BERTH_TRY(std::vector<std::string> missing,
              meta::missing_references(session, repository, manifest));
    if (!missing.empty()) {
        return fail(Error(Errc::manifest_blob_unknown).with_items(std::move(missing)));
    }
    return {};
}

Result<void> store_manifest(db::Session& session, const PutManifest& request,
                            const oci::Manifest& manifest, const oci::Digest& digest, bool sparse) {
    const Timestamp at = now();
    BERTH_TRY(const meta::RepositoryId repository,
              ensure_writable(session, request.repository, at));
    BERTH_TRY_VOID(check_tags_movable(session, repository, request.tags));
    if (!sparse) {
        BERTH_TRY_VOID(check_references(session, repository, manifest));
    }
    BERTH_TRY_VOID(meta::put_manifest(session, repository, digest, manifest, request.bytes, at));
    for (const oci::Tag& tag : request.tags) {
        // A tag is a little younger than its manifest (acr-wire 8.6).
        BERTH_TRY_VOID(meta::put_tag(session, repository, tag, digest, now()));
    }
    return {};
}

Result<bool> remove_tag_from(db::Session& session, const meta::RepositoryRow& home,
                             const oci::Tag& tag, const meta::Disposal& disposal) {
    BERTH_TRY(const auto row, meta::find_tag(session, home.id, tag));
    if (!row) {
        return false;
    }
    BERTH_TRY_VOID(check_tag_removable(home, *row));
    return meta::remove_tag(session, home.id, tag, now(), disposal);
}

Result<bool> remove_from(db::Session& session, const oci::Repository& repository,
                         const oci::Reference& reference, const meta::Disposal& disposal) {
    BERTH_TRY(const auto home, meta::find_repository(session, repository));
    if (!home) {
        return false;
    }
    if (const auto* tag = std::get_if<oci::Tag>(&reference)) {
        return remove_tag_from(session, *home, *tag, disposal);
    }
    const oci::Digest& digest = std::get<oci::Digest>(reference);
    BERTH_TRY(const bool exists, check_manifest_removable(session, *home, digest));
    if (!exists) {
        return false;
    }
    BERTH_TRY_VOID(remove_manifest_of(session, *home, repository, digest, now(), disposal));
    return true;
}

struct ConfigBlob {
    explicit ConfigBlob(meta::BlobRow blob_row) : row(std::move(blob_row)) {}

    meta::BlobRow row;
    std::string bytes;  // of one that is in the catalog
};

/// The config blob when somebody has to look into it: the manifest is new and names one that is
/// here and not too large.
Result<std::optional<ConfigBlob>> find_config(db::Session& session, const PutManifest& request,
                                              const oci::Manifest& manifest,
                                              const oci::Digest& digest, std::uint64_t bytes_max) {
    if (manifest.references.empty() ||
        manifest.references.front().role != oci::ReferenceRole::config) {
        return std::nullopt;
    }
    BERTH_TRY(const auto known, meta::find_repository(session, request.repository));
    if (known) {
        BERTH_TRY(const bool exists, meta::manifest_exists(session, known->id, digest));
        if (exists) {
            return std::nullopt;
        }
    }
    BERTH_TRY(auto row, meta::find_linked_blob(session, request.repository,
                                               manifest.references.front().digest));
    if (!row || row->size > bytes_max) {
        return std::nullopt;
    }
    ConfigBlob config(*std::move(row));
    if (config.row.in_catalog()) {
        BERTH_TRY(config.bytes,
                  intact_blob_bytes(session, config.row, manifest.references.front().digest));
    }
    return config;
}

}  // namespace

ManifestService::ManifestService(db::Database& database, blob::BlobStore& store,
                                 ManifestPolicy policy)
    : database_(database),
      store_(store),
      policy_(policy),
      recent_(policy.cache_bytes_max),
      pull_times_(database) {}

io::Task<Result<ManifestPointer>> ManifestService::get(const oci::Repository& repository,
                                                       const oci::Reference& reference) {
    const std::optional<db::ChangeMark> mark = database_.change_mark();
    std::string key = cache_key(repository, reference);
    if (mark) {
        if (ManifestPointer known = recent_.find(key, *mark)) {
            co_return known;
        }
    }
    auto work = [&](db::Session& session) {
        const auto find = [&](const auto& name) {
            return meta::find_manifest(session, repository, name);
        };
        return std::visit(find, reference);
    };
    BERTH_CO_TRY(std::optional<meta::StoredManifest> found, co_await database_.read(work));
    if (!found) {
        co_return fail(unknown(reference));
    }
    if (!found->readable) {
        co_return fail(Errc::disallowed, "locked for reading");
    }
    if (found->bytes.empty()) {
        co_return fail(unknown(reference));  // they were damaged: a push brings them again
    }
    BERTH_CO_TRY_VOID(check_intact(found->digest, found->bytes, "manifest"));
    auto manifest = std::make_shared<const ServedManifest>(*std::move(found));
    if (mark) {
        const std::size_t bytes = key.size() + manifest->bytes.size() + kKeptOverhead;
        recent_.keep(std::move(key), manifest, bytes, *mark);
    }
    co_return manifest;
}

// Before the transaction: nobody waits for the disk inside one. The blob's content cannot change
// meanwhile, and whether it is still linked is asked again.
io::Task<Result<oci::Platform>> ManifestService::platform_of(const PutManifest& request,
                                                             const oci::Manifest& manifest,
                                                             const oci::Digest& digest) {
    auto find = [&](db::Session& session) {
        return find_config(session, request, manifest, digest, policy_.config_bytes_max);
    };
    BERTH_CO_TRY(std::optional<ConfigBlob> config, co_await database_.read(find));
    while (config && !config->row.in_catalog()) {
        const blob::Location location(config->row.location);
        auto bytes = co_await store_.read(location, config->row.size);
        if (bytes) {
            co_return oci::parse_image_config(as_bytes(*bytes));
        }
        if (bytes.error().code != Errc::corrupt) {
            co_return std::unexpected(std::move(bytes).error());
        }
        // It may have been collected since the row was read: then the catalog says so by now.
        BERTH_CO_TRY(config, co_await database_.read(find));
        if (config && config->row.location == location.text) {
            co_return std::unexpected(std::move(bytes).error());
        }
    }
    co_return config ? oci::parse_image_config(as_bytes(config->bytes)) : oci::Platform();
}

io::Task<Result<PutOutcome>> ManifestService::put(const PutManifest& request) {
    BERTH_CO_TRY(oci::Manifest manifest,
                 oci::parse_manifest(request.content_type, request.bytes, policy_.bounds));
    const oci::Algorithm algorithm =
        request.expected ? request.expected->algorithm() : oci::Algorithm::sha256;
    const oci::Digest digest = oci::digest_of(algorithm, request.bytes);
    if (request.expected && *request.expected != digest) {
        co_return fail(Error(Errc::digest_invalid, "content is " + digest.text())
                           .with_message("provided digest did not match uploaded content"));
    }
    BERTH_CO_TRY(manifest.platform, co_await platform_of(request, manifest, digest));
    auto work = [&](db::Session& session) {
        return store_manifest(session, request, manifest, digest, policy_.sparse_index);
    };
    BERTH_CO_TRY_VOID(co_await database_.write(work));
    PutOutcome outcome(digest);
    outcome.subject = manifest.subject;
    co_return outcome;
}

io::Task<Result<void>> ManifestService::remove(const oci::Repository& repository,
                                               const oci::Reference& reference,
                                               std::string_view by) {
    if (std::holds_alternative<oci::Tag>(reference) && !policy_.delete_by_tag) {
        co_return fail(
            Error(Errc::unsupported).with_message("A manifest can only be deleted by digest."));
    }
    const meta::Disposal disposal{.keep_ticks = policy_.keep_ticks, .by = by};
    auto work = [&](db::Session& session) {
        return remove_from(session, repository, reference, disposal);
    };
    BERTH_CO_TRY(const bool removed, co_await database_.write(work));
    if (!removed) {
        co_return fail(unknown(reference));
    }
    co_return Result<void>();
}

}  // namespace berth::registry
