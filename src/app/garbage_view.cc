// SPDX-License-Identifier: Apache-2.0
#include "app/garbage_view.h"

#include "app/identity_view.h"
#include "meta/blobs.h"

#include <boost/json.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace berth::app {
namespace {

namespace json = boost::json;
using registry::GarbageItem;
using registry::GarbageKind;

constexpr std::array<std::string_view, 5> kKinds = {"link", "condemned", "blob", "orphan",
                                                    "stranger"};
constexpr std::array<std::string_view, 4> kStates = {"live", "condemned", "deleting", "damaged"};

std::string_view reason_of(GarbageKind kind) {
    switch (kind) {
        case GarbageKind::link:
            return "no manifest of the repository needs it, and nobody touched it within the grace";
        case GarbageKind::condemned:
            return "nothing holds it any more";
        case GarbageKind::blob:
            return "nothing holds it, and its read grace is over";
        case GarbageKind::orphan:
            return "no row of the catalog names it";
        default:
            return "no object of the store; it stays";
    }
}

json::object json_of(const GarbageItem& item) {
    json::object object;
    object["kind"] = kKinds.at(static_cast<std::size_t>(item.kind));
    object["name"] = item.name;
    if (item.kind == GarbageKind::link) {
        object["repository"] = item.repository;
    } else if (item.kind != GarbageKind::stranger) {
        object["bytes"] = item.bytes;
    }
    object["reason"] = reason_of(item.kind);
    return object;
}

std::string counted(std::uint64_t count, std::string_view thing) {
    return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

json::value time_or_null(const std::optional<Timestamp>& time) {
    if (!time) {
        return nullptr;
    }
    return json::string(format_timestamp(*time));
}

// As deep as the holders, which are bounded.
// NOLINTNEXTLINE(misc-no-recursion): as the indexes are
json::array manifests_json(const std::vector<meta::ManifestHolder>& manifests) {
    json::array array;
    for (const meta::ManifestHolder& manifest : manifests) {
        json::object object;
        object["digest"] = manifest.digest.text();
        object["tags"] = json::value_from(manifest.tags);
        object["subject"] = nullptr;
        if (manifest.subject) {
            object["subject"] = manifest.subject->text();
        }
        object["indexes"] = manifests_json(manifest.indexes);
        object["more"] = manifest.more;
        array.push_back(std::move(object));
    }
    return array;
}

json::array repositories_json(const std::vector<meta::RepositoryHolder>& repositories) {
    json::array array;
    for (const meta::RepositoryHolder& repository : repositories) {
        json::object object;
        object["repository"] = repository.name;
        object["deleted"] = repository.detached;
        object["linked_at"] = time_or_null(repository.linked);
        object["touched_at"] = time_or_null(repository.touched);
        object["manifests"] = manifests_json(repository.manifests);
        object["more"] = repository.more;
        array.push_back(std::move(object));
    }
    return array;
}

// NOLINTNEXTLINE(misc-no-recursion): as the indexes are
void append_manifests(std::string& text, const std::vector<meta::ManifestHolder>& manifests,
                      std::string_view kind, std::size_t indent) {
    for (const meta::ManifestHolder& manifest : manifests) {
        text.append(indent, ' ').append(kind).append(" ").append(manifest.digest.text());
        text.append(manifest.tags.empty() ? ", no tag" : ", tagged " + joined(manifest.tags));
        if (manifest.subject) {
            text.append(", refers to ").append(manifest.subject->text());
        }
        text.append(manifest.more ? ", and more\n" : "\n");
        append_manifests(text, manifest.indexes, "in index", indent + 2);
    }
}

Timestamp later_by(Timestamp time, std::chrono::milliseconds by) {
    return Timestamp{time.ticks + by.count() * (kTicksPerSecond / 1000)};
}

std::string blob_line(const meta::BlobFacts& blob) {
    std::string state(kStates.at(static_cast<std::size_t>(blob.state)));
    if (blob.condemned) {
        state.append(" since ").append(format_timestamp(*blob.condemned));
    }
    return fmt::format("blob of {}, {}, {}\n", counted(blob.size, "byte"), state,
                       blob.location == meta::kInCatalog ? std::string("in the catalog")
                                                         : "in blobs/" + blob.location);
}

void append_link(std::string& text, const meta::RepositoryHolder& link,
                 const registry::GarbagePolicy& policy) {
    text.append("  ").append(link.detached ? "a deleted repository" : link.name);
    text.append(": linked ").append(format_timestamp(*link.linked));
    text.append(", touched ").append(format_timestamp(*link.touched)).append("\n");
    if (link.manifests.empty()) {
        text.append("    no manifest needs it: the link may go from ");
        text.append(format_timestamp(later_by(*link.touched, policy.grace))).append(" on\n");
    }
    append_manifests(text, link.manifests, "manifest", 4);
    if (link.more) {
        text.append("    and more\n");
    }
}

void append_blob(std::string& text, const meta::BlobFacts& blob,
                 const registry::GarbagePolicy& policy, Timestamp now) {
    text.append(blob_line(blob));
    if (blob.held_without_link) {
        text.append("  deleted items that can be restored need it\n");
    }
    for (const meta::RepositoryHolder& link : blob.repositories) {
        append_link(text, link, policy);
    }
    if (blob.more) {
        text.append("  and more repositories\n");
    }
    const std::optional<Timestamp> earliest = earliest_removal(blob, policy, now);
    text.append(earliest ? "its bytes go at " + format_timestamp(*earliest) + " at the earliest\n"
                         : "its bytes stay while something needs it\n");
}

}  // namespace

std::string garbage_json(const GarbageReport& report) {
    const registry::GarbageTotals& cycle = report.statistics.last_cycle;
    json::object object;
    object["dry_run"] = report.dry_run;
    object["links_dropped"] = cycle.links_dropped;
    object["blobs_condemned"] = cycle.condemned.count;
    object["bytes_condemned"] = cycle.condemned.bytes;
    object["blobs_removed"] = cycle.removed.count;
    object["bytes_removed"] = cycle.removed.bytes;
    object["orphans_removed"] = cycle.orphans.count;
    object["orphan_bytes_removed"] = cycle.orphans.bytes;
    object["removal_failures"] = cycle.removal_failures;
    object["blobs_waiting"] = report.waiting_blobs;
    object["bytes_waiting"] = report.waiting_bytes;
    object["strangers"] = report.statistics.strangers;
    object["held_by_backup"] = report.bytes_kept;
    json::array items;
    for (const GarbageItem& item : report.items) {
        items.push_back(json_of(item));
    }
    object["items"] = std::move(items);
    object["items_left_out"] = report.left_out;
    return json::serialize(object);
}

std::string garbage_text(const GarbageReport& report) {
    const registry::GarbageTotals& cycle = report.statistics.last_cycle;
    std::string text;
    for (const GarbageItem& item : report.items) {
        text.append(kKinds.at(static_cast<std::size_t>(item.kind))).append("  ").append(item.name);
        if (item.kind == GarbageKind::link) {
            text.append(" in ").append(item.repository);
        } else if (item.kind != GarbageKind::stranger) {
            text.append(", ").append(counted(item.bytes, "byte"));
        }
        text.append(": ").append(reason_of(item.kind)).append("\n");
    }
    if (report.left_out > 0) {
        text.append("... and ").append(std::to_string(report.left_out)).append(" more\n");
    }
    const std::string_view would = report.dry_run ? "would be " : "";
    text.append(fmt::format("{} {}dropped\n", counted(cycle.links_dropped, "link"), would));
    text.append(fmt::format("{} {}condemned, {}\n", counted(cycle.condemned.count, "blob"), would,
                            counted(cycle.condemned.bytes, "byte")));
    text.append(fmt::format("{} {}removed, {}\n", counted(cycle.removed.count, "blob"), would,
                            counted(cycle.removed.bytes, "byte")));
    text.append(fmt::format("{} {}removed, {}\n", counted(cycle.orphans.count, "orphan file"),
                            would, counted(cycle.orphans.bytes, "byte")));
    if (report.waiting_blobs > 0) {
        text.append(fmt::format("{} condemned and in the read grace, {}\n",
                                counted(report.waiting_blobs, "blob"),
                                counted(report.waiting_bytes, "byte")));
    }
    if (cycle.removal_failures > 0) {
        text.append(fmt::format("{} could not be removed; the next run tries again\n",
                                counted(cycle.removal_failures, "file")));
    }
    if (report.bytes_kept) {
        text.append("a backup is being made: no bytes are removed until it is done\n");
    }
    return text;
}

std::optional<Timestamp> earliest_removal(const meta::BlobFacts& blob,
                                          const registry::GarbagePolicy& policy, Timestamp now) {
    if (blob.state == meta::BlobState::deleting) {
        return now;
    }
    if (blob.held_without_link || blob.more) {
        return std::nullopt;
    }
    if (blob.condemned) {
        return std::max(now, later_by(*blob.condemned, policy.read_grace));
    }
    Timestamp unlinked = now;
    for (const meta::RepositoryHolder& link : blob.repositories) {
        if (!link.manifests.empty()) {
            return std::nullopt;
        }
        unlinked = std::max(unlinked, later_by(*link.touched, policy.grace));
    }
    return later_by(unlinked, policy.read_grace);
}

std::string holders_json(const meta::DigestHolders& holders, const registry::GarbagePolicy& policy,
                         Timestamp now) {
    json::object object;
    object["digest"] = holders.digest.text();
    object["blob"] = nullptr;
    if (holders.blob) {
        const meta::BlobFacts& blob = *holders.blob;
        json::object facts;
        facts["size"] = blob.size;
        facts["state"] = kStates.at(static_cast<std::size_t>(blob.state));
        facts["location"] = blob.location;
        facts["created_at"] = format_timestamp(blob.created);
        facts["condemned_at"] = time_or_null(blob.condemned);
        facts["held_by_deleted_items"] = blob.held_without_link;
        facts["repositories"] = repositories_json(blob.repositories);
        facts["more"] = blob.more;
        facts["removed_at_the_earliest"] = time_or_null(earliest_removal(blob, policy, now));
        object["blob"] = std::move(facts);
    }
    object["manifest_in"] = repositories_json(holders.manifests);
    object["more"] = holders.more;
    return json::serialize(object);
}

std::string holders_text(const meta::DigestHolders& holders, const registry::GarbagePolicy& policy,
                         Timestamp now) {
    std::string text = holders.digest.text() + "\n";
    if (holders.blob) {
        append_blob(text, *holders.blob, policy, now);
    }
    for (const meta::RepositoryHolder& home : holders.manifests) {
        text.append("manifest in ");
        text.append(home.detached ? "a deleted repository" : home.name).append("\n");
        append_manifests(text, home.manifests, "manifest", 2);
    }
    if (!holders.manifests.empty()) {
        text.append("a manifest stays until somebody or a retention rule deletes it\n");
    }
    if (!holders.blob && holders.manifests.empty()) {
        text.append("the catalog knows neither a blob nor a manifest of this digest\n");
    }
    return text;
}

}  // namespace berth::app
