// SPDX-License-Identifier: Apache-2.0
//
// For the tests of garbage collection: whole cycles in one line, and what is left afterwards.
#pragma once

#include "registry/garbage_collector.h"
#include "registry/testing/metadata_fixture.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace berth::registry {

class GarbageTest : public RegistryTest {
  protected:
    /// What has no use goes at once.
    static GarbagePolicy at_once() {
        GarbagePolicy policy;
        policy.grace = std::chrono::milliseconds(0);
        policy.read_grace = std::chrono::milliseconds(0);
        return policy;
    }

    /// One cycle; failures of steps are counted.
    GarbageStatistics collect(const GarbagePolicy& policy = at_once()) {
        items_.clear();
        GarbageCollector collector(registry_->database, *registry_->store, policy,
                                   [this](const GarbageItem& item) { items_.push_back(item); });
        do {
            static_cast<void>(io::run_task(collector.step()));
        } while (collector.in_cycle());
        return collector.statistics();
    }

    std::size_t told(GarbageKind kind) const {
        std::size_t count = 0;
        for (const GarbageItem& item : items_) {
            count += item.kind == kind ? 1 : 0;
        }
        return count;
    }

    Result<PutOutcome> put(const std::string& name, std::string_view text) {
        const PutManifest request(repository(name), "", as_bytes(text));
        return io::run_task(registry_->manifests.put(request));
    }

    void remove_manifest(const std::string& name, std::string_view text) {
        const oci::Reference reference = sha256(text);
        EXPECT_TRUE(io::run_task(registry_->manifests.remove(repository(name), reference)));
    }

    void remove_blob(const std::string& name, std::string_view text) {
        EXPECT_TRUE(io::run_task(blobs().remove(repository(name), sha256(text))));
    }

    /// A file of six bytes without a row.
    void leave_orphan() const {
        const std::string name = sha256("orphan").hex();
        const auto shard = directory_.path() / "blobs" / "sha256" / name.substr(0, 2);
        std::filesystem::create_directories(shard);
        std::ofstream(shard / (name + "." + std::string(32, 'a'))) << "orphan";
    }

    std::int64_t rows(const db::Sql& sql) {
        std::int64_t found = -1;
        auto work = [&](db::Session& session) {
            return session.query(sql, {}, [&found](const db::Row& row) {
                found = row.integer(0);
                return false;
            });
        };
        EXPECT_TRUE(io::run_task(registry_->database.read(work)));
        return found;
    }

    std::int64_t blob_rows() {
        static constexpr db::Sql kBlobs("SELECT count(*) FROM blobs");
        return rows(kBlobs);
    }

    std::vector<GarbageItem> items_;
};

}  // namespace berth::registry
