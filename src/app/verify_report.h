// SPDX-License-Identifier: Apache-2.0
//
// What a check of a data directory or of a backup found, as text for people and as JSON. Any thread
// may add. docs/verify.md explains each kind.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace berth::app {

enum class FindingKind : std::uint8_t {
    // damage
    damaged_blob,
    missing_blob,
    unreadable_blob,
    lost_blob,
    damaged_manifest,
    wrong_references,
    wrong_counter,
    broken_link,
    damaged_catalog,
    // costs space and nothing else
    orphan_object,
    orphan_upload,
    // to know about: no damage of what is stored
    incomplete_manifest,
    strange_file,
};

inline constexpr std::size_t kFindingKinds =
    static_cast<std::size_t>(FindingKind::strange_file) + 1;

std::string_view name_of(FindingKind kind);
/// A note does not count as a finding.
bool is_note(FindingKind kind);

struct Finding {
    FindingKind kind = FindingKind::damaged_blob;
    std::string subject;
    std::string detail;
    std::string repaired;  // what --repair did about it; empty: nothing
};

struct VerifyCounts {
    std::uint64_t blobs = 0;
    std::uint64_t blobs_in_catalog = 0;
    std::uint64_t bytes_hashed = 0;
    std::uint64_t manifests = 0;
    std::uint64_t repositories = 0;
    std::uint64_t objects = 0;
    std::uint64_t uploads = 0;
};

class VerifyReport {
  public:
    VerifyReport(std::string place, bool quick) : place_(std::move(place)), quick_(quick) {}

    void add(Finding finding);

    template <class Change>
    void count(Change change) {
        const std::lock_guard lock(mutex_);
        change(counts_);
    }

    void set_elapsed(std::chrono::milliseconds elapsed) { elapsed_ = elapsed; }

    /// The rest when all threads are done. Findings that are no notes.
    std::uint64_t findings() const;

    std::uint64_t repaired() const { return repaired_; }

    const std::vector<Finding>& listed() const { return listed_; }

    std::string text() const;
    std::string json() const;

  private:
    std::string totals_text() const;

    std::string place_;
    bool quick_;
    std::chrono::milliseconds elapsed_{0};
    std::mutex mutex_;
    VerifyCounts counts_;
    std::array<std::uint64_t, kFindingKinds> of_kind_{};
    std::uint64_t repaired_ = 0;
    std::vector<Finding> listed_;  // the first of each kind
};

}  // namespace berth::app
