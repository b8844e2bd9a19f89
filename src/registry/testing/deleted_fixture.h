// SPDX-License-Identifier: Apache-2.0
//
// For the tests of this folder: a registry that keeps what is deleted for a day.
#pragma once

#include "registry/deleted_service.h"
#include "registry/testing/metadata_fixture.h"

#include <string>
#include <utility>
#include <vector>

namespace berth::registry {

inline constexpr std::int64_t kKept = meta::kTicksPerDay;

class DeletedTest : public MetadataTest {
  protected:
    static ManifestPolicy policy() {
        ManifestPolicy policy;
        policy.keep_ticks = kKept;
        return policy;
    }

    std::string erase(const std::string& what) {
        return outcome(
            io::run_task(manifests_.remove(repository("app"), reference(what), "alice")));
    }

    std::string erase_tag(const std::string& name) {
        return outcome(io::run_task(metadata_.remove_tag(repository("app"), tag(name), "alice")));
    }

    std::string erase_repository() {
        return outcome(io::run_task(metadata_.remove_repository(repository("app"), "alice")));
    }

    std::string restore(const oci::Digest& digest, const std::string& name = {},
                        bool force = false) {
        RestoreRequest request(repository("app"), digest);
        if (!name.empty()) {
            request.tag = tag(name);
        }
        request.force = force;
        return restore(std::move(request));
    }

    std::string restore(RestoreRequest request) {
        auto done = io::run_task(deleted_.restore(std::move(request), "bob"));
        restored_ = done ? *done : Restored();
        return outcome(done);
    }

    std::vector<std::string> bin() {
        std::vector<std::string> found;
        const auto page = io::run_task(deleted_.manifests(repository("app"), PageRequest(100, "")));
        if (page) {
            for (const DeletedManifestRow& row : page->items) {
                found.push_back(row.digest.text());
            }
        }
        return found;
    }

    std::vector<std::string> bin_tags() {
        std::vector<std::string> found;
        const auto page = io::run_task(deleted_.tags(repository("app"), PageRequest(100, "")));
        if (page) {
            for (const DeletedTagRow& row : page->items) {
                found.push_back(row.name);
            }
        }
        return found;
    }

    const std::string image_ = image(kConfig, "layer");
    const std::string other_ = image(kConfig, "other layer");
    ManifestService manifests_{registry_->database, *registry_->store, policy()};
    MetadataService metadata_{registry_->database, kKept};
    DeletedService deleted_{registry_->database, kKept, false};
    Restored restored_;
};

}  // namespace berth::registry
