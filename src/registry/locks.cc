// SPDX-License-Identifier: Apache-2.0
#include "registry/locks.h"

#include "base/try.h"
#include "meta/manifests.h"

namespace berth::registry {
namespace {

Result<void> check_open(const std::optional<meta::RepositoryRow>& row) {
    if (row && !row->attributes.write_enabled) {
        return fail(Errc::disallowed, "repository is locked for writing");
    }
    return {};
}

}  // namespace

Result<void> check_writable(db::Session& session, const oci::Repository& name) {
    BERTH_TRY(const auto row, meta::find_repository(session, name));
    return check_open(row);
}

Result<meta::RepositoryId> ensure_writable(db::Session& session, const oci::Repository& name,
                                           Timestamp at) {
    BERTH_TRY(const auto row, meta::find_repository(session, name));
    BERTH_TRY_VOID(check_open(row));
    if (row) {
        return row->id;
    }
    return meta::ensure_repository(session, name, at);
}

Result<void> check_tags_movable(db::Session& session, meta::RepositoryId repository,
                                const std::vector<oci::Tag>& tags) {
    for (const oci::Tag& tag : tags) {
        BERTH_TRY(const auto row, meta::find_tag(session, repository, tag));
        if (row && !row->attributes.write_enabled) {
            return fail(Errc::disallowed, "tag is locked for writing");
        }
    }
    return {};
}

Result<void> check_tag_removable(const meta::RepositoryRow& repository, const meta::TagRow& tag) {
    BERTH_TRY_VOID(check_open(repository));
    if (!tag.attributes.may_be_deleted()) {
        return fail(Errc::disallowed, "tag is locked");
    }
    return {};
}

Result<bool> check_manifest_removable(db::Session& session, const meta::RepositoryRow& repository,
                                      const oci::Digest& digest) {
    BERTH_TRY(const bool exists, meta::manifest_exists(session, repository.id, digest));
    if (!exists) {
        return false;
    }
    BERTH_TRY_VOID(check_open(repository));
    return true;
}

Result<void> check_blob_removable(db::Session& session, const meta::RepositoryRow& repository,
                                  const oci::Digest& digest) {
    BERTH_TRY_VOID(check_open(repository));
    BERTH_TRY(const bool held, meta::is_held_by_lock(session, repository.id, digest));
    if (held) {
        return fail(Errc::disallowed, "a locked manifest refers to the blob");
    }
    return {};
}

Result<void> check_repository_removable(db::Session& session,
                                        const meta::RepositoryRow& repository) {
    if (!repository.attributes.may_be_deleted()) {
        return fail(Errc::disallowed, "repository is locked");
    }
    BERTH_TRY(const bool locked, meta::holds_locked_items(session, repository.id));
    if (locked) {
        return fail(Errc::disallowed, "the repository holds a locked tag or manifest");
    }
    return {};
}

}  // namespace berth::registry
