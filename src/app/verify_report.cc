// SPDX-License-Identifier: Apache-2.0
#include "app/verify_report.h"

#include "app/progress.h"

#include <boost/json.hpp>
#include <fmt/format.h>

namespace berth::app {
namespace {

/// Of each kind as many are listed; all are counted.
constexpr std::uint64_t kListedMax = 1000;

constexpr std::array<std::string_view, kFindingKinds> kNames{
    "damaged_blob",     "missing_blob",     "unreadable_blob", "lost_blob",
    "damaged_manifest", "wrong_references", "wrong_counter",   "broken_link",
    "damaged_catalog",  "orphan_object",    "orphan_upload",   "incomplete_manifest",
    "strange_file"};

std::string plural(std::uint64_t count, std::string_view what) {
    return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

}  // namespace

std::string_view name_of(FindingKind kind) {
    return kNames.at(static_cast<std::size_t>(kind));
}

bool is_note(FindingKind kind) {
    return kind == FindingKind::incomplete_manifest || kind == FindingKind::strange_file;
}

void VerifyReport::add(Finding finding) {
    const std::lock_guard lock(mutex_);
    std::uint64_t& count = of_kind_.at(static_cast<std::size_t>(finding.kind));
    ++count;
    if (!finding.repaired.empty()) {
        ++repaired_;
    }
    if (count <= kListedMax) {
        listed_.push_back(std::move(finding));
    }
}

std::uint64_t VerifyReport::findings() const {
    std::uint64_t sum = 0;
    for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
        sum += is_note(static_cast<FindingKind>(kind)) ? 0 : of_kind_.at(kind);
    }
    return sum;
}

std::string VerifyReport::totals_text() const {
    std::string text = fmt::format(
        "{}: {} ({} in the catalog), {}, {}, {}\n", place_, plural(counts_.blobs, "blob"),
        counts_.blobs_in_catalog, plural(counts_.manifests, "manifest"),
        plural(counts_.objects, "object"), plural(counts_.uploads, "upload"));
    if (quick_) {
        text += "sizes compared, nothing hashed (--quick)";
    } else {
        text += rough_size(counts_.bytes_hashed) + " hashed";
    }
    return text + fmt::format(" in {:.1f} s\n", static_cast<double>(elapsed_.count()) / 1000);
}

std::string VerifyReport::text() const {
    std::string text;
    for (const Finding& one : listed_) {
        text +=
            fmt::format("{}{}: {}: {}{}{}\n", is_note(one.kind) ? "note: " : "", name_of(one.kind),
                        one.subject, one.detail, one.repaired.empty() ? "" : " -> ", one.repaired);
    }
    for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
        if (of_kind_.at(kind) > kListedMax) {
            text += fmt::format("{}: {} in all, the first {} are listed\n", kNames.at(kind),
                                of_kind_.at(kind), kListedMax);
        }
    }
    text += totals_text();
    const std::uint64_t found = findings();
    if (found == 0) {
        return text + "nothing is wrong\n";
    }
    text += plural(found, "finding");
    return text + (repaired_ > 0 ? fmt::format(", {} repaired\n", repaired_) : "\n");
}

std::string VerifyReport::json() const {
    boost::json::array findings_list;
    boost::json::array notes;
    for (const Finding& one : listed_) {
        boost::json::object entry;
        entry["kind"] = name_of(one.kind);
        entry["subject"] = one.subject;
        entry["detail"] = one.detail;
        entry["repaired"] = nullptr;
        if (!one.repaired.empty()) {
            entry["repaired"] = one.repaired;
        }
        (is_note(one.kind) ? notes : findings_list).push_back(std::move(entry));
    }
    boost::json::object by_kind;
    for (std::size_t kind = 0; kind < kFindingKinds; ++kind) {
        by_kind[kNames.at(kind)] = of_kind_.at(kind);
    }
    boost::json::object checked;
    checked["blobs"] = counts_.blobs;
    checked["blobs_in_catalog"] = counts_.blobs_in_catalog;
    checked["bytes_hashed"] = counts_.bytes_hashed;
    checked["manifests"] = counts_.manifests;
    checked["repositories"] = counts_.repositories;
    checked["objects"] = counts_.objects;
    checked["uploads"] = counts_.uploads;
    boost::json::object report;
    report["place"] = place_;
    report["clean"] = findings() == 0;
    report["quick"] = quick_;
    report["seconds"] = static_cast<double>(elapsed_.count()) / 1000;
    report["checked"] = std::move(checked);
    report["counts"] = std::move(by_kind);
    report["repaired"] = repaired_;
    report["findings"] = std::move(findings_list);
    report["notes"] = std::move(notes);
    return boost::json::serialize(report) + "\n";
}

}  // namespace berth::app
