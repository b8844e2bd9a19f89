// SPDX-License-Identifier: Apache-2.0
#include "app/verify.h"
#include "app/work_crew.h"
#include "base/try.h"
#include "meta/manifests.h"
#include "oci/hasher.h"
#include "oci/manifest.h"

#include <fmt/format.h>

#include <deque>

namespace berth::app {
namespace {

/// Each may have 4 MiB.
constexpr std::uint32_t kRowsAtOnce = 16;

std::string subject_of(const meta::WholeManifest& manifest) {
    return manifest.repository + "@" + (manifest.digest ? manifest.digest->text() : "?");
}

std::optional<std::string> wrong_with(const meta::WholeManifest& manifest, bool quick) {
    if (!manifest.digest) {
        return "the row has no digest";
    }
    if (manifest.bytes.empty()) {
        return "was found damaged earlier: a push of it heals it";
    }
    if (manifest.bytes.size() != manifest.size) {
        return fmt::format("has {} bytes, its row says {}", manifest.bytes.size(), manifest.size);
    }
    if (!quick && oci::digest_of(manifest.digest->algorithm(), as_bytes(manifest.bytes)) !=
                      *manifest.digest) {
        return "its bytes have another digest";
    }
    return std::nullopt;
}

std::vector<meta::WholeManifest::Edge> edges_in(const oci::Manifest& parsed) {
    std::vector<meta::WholeManifest::Edge> edges;
    edges.reserve(parsed.references.size());
    for (const oci::Descriptor& reference : parsed.references) {
        edges.push_back({static_cast<std::int64_t>(reference.role),
                         std::string(as_text(reference.digest.stored()))});
    }
    return edges;
}

}  // namespace

Result<void> Verifier::check_manifests() {
    progress_.begin("checking manifests", 0);
    std::int64_t after = 0;
    std::deque<meta::WholeManifest> rows;
    const auto next = [&]() -> Result<std::optional<meta::WholeManifest>> {
        if (rows.empty()) {
            BERTH_TRY(std::vector<meta::WholeManifest> more, read([after](db::Session& session) {
                          return meta::manifests_after(session, after, kRowsAtOnce);
                      }));
            if (more.empty()) {
                return std::nullopt;
            }
            after = more.back().id;
            std::ranges::move(more, std::back_inserter(rows));
        }
        std::optional<meta::WholeManifest> row(std::move(rows.front()));
        rows.pop_front();
        return row;
    };
    return share_work<meta::WholeManifest>(
        next, [this](const meta::WholeManifest& manifest) { return check_manifest(manifest); });
}

// Nobody is served these; damage is told while there is time to push what was deleted again.
Result<void> Verifier::check_deleted_manifests() {
    std::int64_t after = 0;
    while (true) {
        BERTH_TRY(const std::vector<meta::WholeManifest> rows, read([after](db::Session& session) {
                      return meta::deleted_manifests_after(session, after, kRowsAtOnce);
                  }));
        for (const meta::WholeManifest& manifest : rows) {
            after = manifest.id;
            if (const auto wrong = wrong_with(manifest, options_.quick)) {
                report_.add({FindingKind::damaged_manifest, subject_of(manifest) + " (deleted)",
                             *wrong, ""});
            }
        }
        if (rows.empty()) {
            return {};
        }
    }
}

Result<void> Verifier::check_manifest(const meta::WholeManifest& manifest) {
    report_.count([this, &manifest](VerifyCounts& counts) {
        ++counts.manifests;
        counts.bytes_hashed += options_.quick ? 0 : manifest.bytes.size();
    });
    progress_.add(manifest.bytes.size());
    if (!wrong_with(manifest, options_.quick)) {
        return check_references(manifest);
    }
    BERTH_TRY(const auto now, read([&manifest](db::Session& session) {
                  return meta::find_whole_manifest(session, manifest.id);
              }));
    const std::optional<std::string> wrong = now ? wrong_with(*now, options_.quick) : std::nullopt;
    if (!wrong) {
        return {};
    }
    std::string repaired;
    if (options_.repair && now->digest && !now->bytes.empty()) {
        BERTH_TRY(repaired, repair_manifest(*now));
    }
    report_.add({FindingKind::damaged_manifest, subject_of(*now), *wrong, std::move(repaired)});
    return {};
}

// What the bytes refer to, what the rows say they refer to, and whether it is there. A reference to
// nothing is no damage: clients may delete a blob that a manifest names.
Result<void> Verifier::check_references(const meta::WholeManifest& manifest) {
    const Result<oci::Manifest> parsed =
        oci::parse_manifest(manifest.media_type, as_bytes(manifest.bytes));
    if (!parsed) {
        report_.add({FindingKind::wrong_references, subject_of(manifest),
                     "its bytes are no manifest: " + parsed.error().log_detail, ""});
        return {};
    }
    std::vector<std::string> missing;
    const auto compare = [&](db::Session& session) -> Result<bool> {
        BERTH_TRY(const auto now, meta::find_whole_manifest(session, manifest.id));
        if (!now) {
            return true;
        }
        BERTH_TRY(const auto edges, meta::edges_of(session, manifest.id));
        BERTH_TRY(missing, meta::missing_references(session, manifest.repository_id, *parsed));
        return edges == edges_in(*parsed);
    };
    BERTH_TRY(const bool agrees, read(compare));
    if (!agrees) {
        report_.add({FindingKind::wrong_references, subject_of(manifest),
                     "the rows of its references are not what its bytes refer to", ""});
    }
    if (!missing.empty()) {
        report_.add(
            {FindingKind::incomplete_manifest, subject_of(manifest),
             fmt::format("{} of what it refers to {} not in its repository, first {}",
                         missing.size(), missing.size() == 1 ? "is" : "are", missing.front()),
             ""});
    }
    return {};
}

// Its row, tags and references stay: what it was called and what belongs to it is all known, and a
// push of the same manifest brings the bytes back. Until then it is unknown to clients.
Result<std::string> Verifier::repair_manifest(const meta::WholeManifest& manifest) {
    std::string name = "manifest-" + manifest.digest->text();
    std::ranges::replace(name, ':', '-');
    BERTH_TRY_VOID(quarantine_.keep(name, as_bytes(manifest.bytes)));
    const auto empty = [&manifest](db::Session& session) -> Result<bool> {
        BERTH_TRY(const auto now, meta::find_whole_manifest(session, manifest.id));
        if (!now || now->bytes != manifest.bytes) {
            return false;
        }
        return meta::empty_manifest(session, manifest.id);
    };
    BERTH_TRY(const bool emptied, change(manifest.digest->text(), empty));
    return std::string(emptied ? "quarantined, waits for a push" : "");
}

}  // namespace berth::app
