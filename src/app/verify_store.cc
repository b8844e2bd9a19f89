// SPDX-License-Identifier: Apache-2.0
#include "app/verify.h"
#include "base/try.h"
#include "meta/garbage.h"
#include "meta/uploads.h"

#include <fmt/format.h>

#include <condition_variable>
#include <mutex>
#include <system_error>

namespace berth::app {
namespace {

/// What is only under way has its row, or is gone, after this.
constexpr std::chrono::seconds kUnderWay{2};

/// Whether some row speaks of the object: the blob's, or the session's that is about to make it.
Result<bool> is_named(db::Session& session, const blob::Location& location) {
    const auto object = blob::FsLayout::parse_location(location);
    if (!object) {
        return true;
    }
    BERTH_TRY(const bool orphan,
              meta::is_orphan_object(session, object->digest, location.text, object->upload_id));
    return !orphan;
}

/// Nobody ends it early: what is awaited happens elsewhere and tells nobody.
void wait_until(std::chrono::steady_clock::time_point due) {
    std::mutex mutex;
    std::condition_variable never;
    std::unique_lock lock(mutex);
    never.wait_until(lock, due, [due] { return std::chrono::steady_clock::now() >= due; });
}

/// Nothing where the directory does not exist.
Result<std::vector<std::string>> list_if_there(const std::filesystem::path& directory) {
    std::error_code ignored;
    if (!std::filesystem::is_directory(directory, ignored)) {
        return std::vector<std::string>();
    }
    return io::list_directory(directory);
}

}  // namespace

Result<void> Verifier::look_for_orphans() {
    progress_.begin("listing the store", 0);
    BERTH_TRY_VOID(look_at_uploads());
    for (const auto algorithm : {oci::Algorithm::sha256, oci::Algorithm::sha512}) {
        const std::filesystem::path folder = layout_.of_algorithm(algorithm);
        BERTH_TRY(const auto shards, list_if_there(folder));
        for (const std::string& shard : shards) {
            std::string prefix(oci::name_of(algorithm));
            prefix.append("/").append(shard).append("/");
            BERTH_TRY_VOID(look_at_shard(folder / shard, prefix));
        }
    }
    orphans_seen_ = std::chrono::steady_clock::now();
    return {};
}

// The names first, then one snapshot: a row that names one of them is in it, or was removed before.
Result<void> Verifier::look_at_shard(const std::filesystem::path& shard,
                                     const std::string& prefix) {
    BERTH_TRY(const auto names, list_if_there(shard));
    std::vector<blob::Location> objects;
    objects.reserve(names.size());
    for (const std::string& name : names) {
        blob::Location location(prefix + name);
        if (layout_.blob_path(location)) {
            objects.push_back(std::move(location));
        } else {
            report_.add({FindingKind::strange_file, location.text, "is no name of an object", ""});
        }
    }
    report_.count([&objects](VerifyCounts& counts) { counts.objects += objects.size(); });
    const auto unnamed = [&objects](db::Session& session) -> Result<std::vector<blob::Location>> {
        std::vector<blob::Location> found;
        for (const blob::Location& location : objects) {
            BERTH_TRY(const bool named, is_named(session, location));
            if (!named) {
                found.push_back(location);
            }
        }
        return found;
    };
    BERTH_TRY(const auto found, read(unnamed));
    for (const blob::Location& location : found) {
        std::error_code gone;
        const auto size = std::filesystem::file_size(*layout_.blob_path(location), gone);
        orphan_objects_.push_back({location, gone ? 0 : size});
    }
    return {};
}

Result<void> Verifier::look_at_uploads() {
    BERTH_TRY(const auto names, list_if_there(layout_.uploads()));
    report_.count([&names](VerifyCounts& counts) { counts.uploads += names.size(); });
    for (const std::string& name : names) {
        BERTH_TRY(const auto row,
                  read([&name](db::Session& session) { return meta::find_upload(session, name); }));
        if (!row) {
            orphan_uploads_.push_back(name);
        }
    }
    return {};
}

Result<void> Verifier::look_at_orphans_again() {
    if (!orphan_objects_.empty() || !orphan_uploads_.empty()) {
        wait_until(orphans_seen_ + kUnderWay);
    }
    std::error_code ignored;
    for (const OrphanObject& orphan : orphan_objects_) {
        const std::filesystem::path path = *layout_.blob_path(orphan.location);
        BERTH_TRY(const bool named, read([&orphan](db::Session& session) {
                      return is_named(session, orphan.location);
                  }));
        if (named || !std::filesystem::exists(path, ignored)) {
            continue;
        }
        if (options_.repair) {
            BERTH_TRY_VOID(files_->remove(path));
        }
        report_.add({FindingKind::orphan_object, orphan.location.text,
                     fmt::format("{} that no row names", rough_size(orphan.size)),
                     options_.repair ? "removed" : ""});
    }
    for (const std::string& id : orphan_uploads_) {
        const std::filesystem::path path = layout_.uploads() / id;
        if (!std::filesystem::exists(path, ignored)) {
            continue;
        }
        const bool removable = options_.repair && layout_.upload_path(id).has_value();
        if (removable) {
            BERTH_TRY_VOID(files_->remove(path));
        }
        report_.add({FindingKind::orphan_upload, id, "no session has this name",
                     removable ? "removed" : ""});
    }
    return {};
}

}  // namespace berth::app
