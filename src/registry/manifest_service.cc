// SPDX-License-Identifier: Apache-2.0
#include "registry/manifest_service.h"

#include "base/encode.h"
#include "base/try.h"
#include "meta/repositories.h"
#include "meta/tags.h"
#include "oci/hasher.h"
#include "oci/manifest.h"

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
              meta::ensure_repository(session, request.repository, at));
    if (!sparse) {
        BERTH_TRY_VOID(check_references(session, repository, manifest));
    }
    BERTH_TRY_VOID(meta::put_manifest(session, repository, digest, manifest, request.bytes, at));
    for (const oci::Tag& tag : request.tags) {
        BERTH_TRY_VOID(meta::put_tag(session, repository, tag, digest, at));
    }
    return {};
}

Result<bool> remove_from(db::Session& session, const oci::Repository& repository,
                         const oci::Reference& reference) {
    BERTH_TRY(const auto home, meta::find_repository(session, repository));
    if (!home) {
        return false;
    }
    if (const auto* tag = std::get_if<oci::Tag>(&reference)) {
        return meta::remove_tag(session, home->id, *tag, now());
    }
    return meta::remove_manifest(session, home->id, std::get<oci::Digest>(reference), now());
}

}  // namespace

ManifestService::ManifestService(db::Database& database, ManifestPolicy policy)
    : database_(database), policy_(policy) {}

io::Task<Result<meta::StoredManifest>> ManifestService::get(const oci::Repository& repository,
                                                            const oci::Reference& reference) {
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
    co_return *std::move(found);
}

io::Task<Result<PutOutcome>> ManifestService::put(const PutManifest& request) {
    BERTH_CO_TRY(const oci::Manifest manifest,
                 oci::parse_manifest(request.content_type, request.bytes));
    const oci::Algorithm algorithm =
        request.expected ? request.expected->algorithm() : oci::Algorithm::sha256;
    const oci::Digest digest = oci::digest_of(algorithm, request.bytes);
    if (request.expected && *request.expected != digest) {
        co_return fail(Error(Errc::digest_invalid, "content is " + digest.text())
                           .with_message("provided digest did not match uploaded content"));
    }
    auto work = [&](db::Session& session) {
        return store_manifest(session, request, manifest, digest, policy_.sparse_index);
    };
    BERTH_CO_TRY_VOID(co_await database_.write(work));
    PutOutcome outcome(digest);
    outcome.subject = manifest.subject;
    co_return outcome;
}

io::Task<Result<void>> ManifestService::remove(const oci::Repository& repository,
                                               const oci::Reference& reference) {
    if (std::holds_alternative<oci::Tag>(reference) && !policy_.delete_by_tag) {
        co_return fail(
            Error(Errc::unsupported).with_message("A manifest can only be deleted by digest."));
    }
    auto work = [&](db::Session& session) { return remove_from(session, repository, reference); };
    BERTH_CO_TRY(const bool removed, co_await database_.write(work));
    if (!removed) {
        co_return fail(unknown(reference));
    }
    co_return Result<void>();
}

}  // namespace berth::registry
