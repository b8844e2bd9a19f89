// SPDX-License-Identifier: Apache-2.0
//
// The check of a data directory, beside a server or without one: bytes against their digests,
// catalog and store against each other, the catalog against itself. It reads in many small
// snapshots, so it never holds up the server's log, and what looks wrong is looked at again in a
// newer snapshot before it is called wrong: things change meanwhile, damage does not go away.
// docs/verify.md says what each finding means and what --repair does. Blocks.
#pragma once

#include "app/management.h"
#include "app/progress.h"
#include "app/verify_report.h"
#include "base/error.h"
#include "blob/fs/fs_layout.h"
#include "blob/fs/fs_quarantine.h"
#include "io/file.h"
#include "meta/stored_blobs.h"
#include "meta/stored_manifests.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace berth::app {

struct VerifyOptions {
    bool repair = false;
    bool quick = false;  // sizes and rows; nothing is hashed
};

class Verifier {
  public:
    /// References must outlive the object.
    Verifier(Management& management, const std::filesystem::path& data, VerifyOptions options,
             VerifyReport& report, Progress& progress);

    /// Errors are those of the check itself; damage is in the report.
    Result<void> run();

  private:
    /// What is wrong with the bytes of a blob.
    struct Verdict {
        FindingKind kind;
        std::string detail;
    };

    struct OrphanObject {
        blob::Location location;
        std::uint64_t size = 0;
    };

    // verify_blobs.cc
    Result<void> check_blobs();
    Result<void> check_blob(const meta::BlobRecord& blob);
    Result<void> check_state(const meta::BlobRecord& blob);
    std::optional<Verdict> judge(const meta::BlobRecord& blob);
    std::optional<Verdict> judge_file(const meta::BlobRecord& blob);
    Result<std::string> repair_blob(const meta::BlobRecord& blob, FindingKind kind);
    // verify_manifests.cc
    Result<void> check_manifests();
    Result<void> check_deleted_manifests();
    Result<void> check_manifest(const meta::WholeManifest& manifest);
    Result<void> check_references(const meta::WholeManifest& manifest);
    Result<std::string> repair_manifest(const meta::WholeManifest& manifest);
    // verify_catalog.cc
    Result<void> check_catalog();
    Result<void> check_counters();
    Result<void> check_counter(const meta::Miscount& miscount);
    // verify_store.cc
    Result<void> look_for_orphans();
    Result<void> look_at_shard(const std::filesystem::path& shard, const std::string& prefix);
    Result<void> look_at_uploads();
    Result<void> look_at_orphans_again();

    /// A snapshot of its own, on any thread.
    template <class Fn>
    std::invoke_result_t<Fn&, db::Session&> read(Fn work) {
        const std::lock_guard lock(mutex_);
        return management_.read(std::move(work));
    }

    template <class Fn>
    std::invoke_result_t<Fn&, db::Session&> change(std::string_view subject, Fn work) {
        const std::lock_guard lock(mutex_);
        return management_.change("verify", subject, std::move(work));
    }

    Management& management_;
    const VerifyOptions options_;
    VerifyReport& report_;
    Progress& progress_;
    std::mutex mutex_;  // of management_
    std::unique_ptr<io::FileSystem> files_;
    const blob::FsLayout layout_;
    blob::FsQuarantine quarantine_;
    std::vector<OrphanObject> orphan_objects_;
    std::vector<std::string> orphan_uploads_;
    std::chrono::steady_clock::time_point orphans_seen_;
};

/// `sha256:...` of a row, or its bytes in hex when they are no digest.
std::string digest_text(const meta::BlobRecord& blob);

}  // namespace berth::app
