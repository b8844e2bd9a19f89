// SPDX-License-Identifier: Apache-2.0
#include "registry/restoration.h"

#include "base/encode.h"
#include "base/try.h"
#include "meta/deleted.h"
#include "meta/manifests.h"
#include "meta/tags.h"
#include "oci/manifest.h"
#include "registry/locks.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace berth::registry {
namespace {

/// Tags restored at once; others stay in the bin and can be restored by name.
constexpr std::uint32_t kTagsMax = 1000;

Error unknown(const RestoreRequest& request) {
    return Error(Errc::manifest_unknown)
        .with_message(
            fmt::format("manifest {} is not among the deleted ones", request.digest.text()));
}

Error occupied(const oci::Tag& tag, const oci::Digest& by) {
    return Error(Errc::conflict)
        .with_message(fmt::format("tag \"{}\" exists and points to another manifest; it is only "
                                  "overwritten by force",
                                  tag.text()))
        .with_wire_detail(fmt::format("{{\"Tag\":{},\"Digest\":{}}}", json_quote(tag.text()),
                                      json_quote(by.text())));
}

class Restoration {
  public:
    Restoration(db::Session& session, const RestoreRequest& request, const meta::Disposal& disposal)
        : session_(session), request_(request), disposal_(disposal), at_(now()) {}

    Result<Restored> run() {
        BERTH_TRY(const auto kept,
                  meta::find_deleted_manifest(session_, request_.repository, request_.digest));
        if (kept) {
            BERTH_TRY(home_, ensure_writable(session_, request_.repository, at_));
            BERTH_TRY_VOID(restore_manifests(*kept));
        } else {
            BERTH_TRY_VOID(find_live_manifest());
        }
        if (request_.tag) {
            BERTH_TRY_VOID(restore_tag(*request_.tag, request_.force));
        } else if (request_.all_tags) {
            BERTH_TRY_VOID(restore_tags(kept ? std::optional(kept->deleted) : std::nullopt));
        }
        return std::move(restored_);
    }

  private:
    /// A tag alone was deleted, and its manifest is there: that takes a tag in the bin.
    Result<void> find_live_manifest() {
        BERTH_TRY(const auto home, meta::find_repository(session_, request_.repository));
        if (!home) {
            return fail(unknown(request_));
        }
        BERTH_TRY(const bool exists, meta::manifest_exists(session_, home->id, request_.digest));
        BERTH_TRY(const auto tags,
                  meta::deleted_tags_of(session_, request_.repository, request_.digest, kTagsMax));
        const auto is_asked_for = [this](const meta::DeletedTagRow& row) {
            return request_.all_tags || (request_.tag && row.name == request_.tag->text());
        };
        if (!exists || std::ranges::none_of(tags, is_asked_for)) {
            return fail(unknown(request_));
        }
        BERTH_TRY(home_, ensure_writable(session_, request_.repository, at_));
        return {};
    }

    /// With everything below and beside it. Each is in the bin before and not after, so it ends.
    Result<void> restore_manifests(const meta::DeletedManifestRow& root) {
        std::vector<oci::Digest> open{root.digest};
        while (!open.empty()) {
            const oci::Digest digest = open.back();
            open.pop_back();
            BERTH_TRY(const auto kept,
                      meta::find_deleted_manifest(session_, request_.repository, digest));
            if (!kept) {
                continue;  // two indexes may share a child
            }
            BERTH_TRY_VOID(meta::restore_manifest(session_, home_, *kept, at_));
            BERTH_TRY_VOID(check_blobs(digest));
            restored_.manifests.push_back(digest.text());
            BERTH_TRY(const std::vector<oci::Digest> children,
                      meta::deleted_children(session_, home_, request_.repository, digest));
            open.insert(open.end(), children.begin(), children.end());
            BERTH_TRY(
                const std::vector<oci::Digest> referrers,
                meta::deleted_referrers(session_, request_.repository, digest, kept->deleted));
            open.insert(open.end(), referrers.begin(), referrers.end());
        }
        return {};
    }

    /// The bin holds its blobs, so they are there, unless it was pushed without them. A child that
    /// was missing before the deletion may be missing after it.
    Result<void> check_blobs(const oci::Digest& digest) {
        BERTH_TRY(const auto stored, meta::find_manifest(session_, request_.repository, digest));
        // Damaged bytes were taken out; a push brings them again.
        if (!stored || stored->bytes.empty() || request_.sparse) {
            return {};
        }
        BERTH_TRY(oci::Manifest manifest,
                  oci::parse_manifest(stored->media_type, as_bytes(stored->bytes)));
        std::erase_if(manifest.references, [](const oci::Descriptor& reference) {
            return reference.role == oci::ReferenceRole::child;
        });
        BERTH_TRY(std::vector<std::string> missing,
                  meta::missing_references(session_, home_, manifest));
        if (!missing.empty()) {
            return fail(Error(Errc::manifest_blob_unknown).with_items(std::move(missing)));
        }
        return {};
    }

    Result<void> restore_tag(const oci::Tag& tag, bool force) {
        BERTH_TRY_VOID(check_tags_movable(session_, home_, {tag}));
        BERTH_TRY(const auto live, meta::find_tag(session_, home_, tag));
        if (live && live->digest != request_.digest) {
            if (!force) {
                return fail(occupied(tag, live->digest));
            }
            if (!live->attributes.may_be_deleted()) {
                return fail(Errc::disallowed, "tag is locked");
            }
            BERTH_TRY_VOID(meta::remove_tag(session_, home_, tag, at_, disposal_));
        }
        if (!live || live->digest != request_.digest) {
            BERTH_TRY_VOID(meta::put_tag(session_, home_, tag, request_.digest, at_));
        }
        BERTH_TRY_VOID(
            meta::forget_deleted_tag(session_, request_.repository, tag, request_.digest));
        restored_.tags.push_back(tag.text());
        return {};
    }

    /// Those deleted at `deleted` (nullopt: whenever), unless they exist by now.
    Result<void> restore_tags(std::optional<Timestamp> deleted) {
        BERTH_TRY(const auto tags,
                  meta::deleted_tags_of(session_, request_.repository, request_.digest, kTagsMax));
        for (const meta::DeletedTagRow& row : tags) {
            const auto tag = oci::Tag::parse(row.name);
            if (!tag || (deleted && row.deleted != *deleted)) {
                continue;
            }
            BERTH_TRY(const auto live, meta::find_tag(session_, home_, *tag));
            if (!live || request_.force) {
                BERTH_TRY_VOID(restore_tag(*tag, request_.force));
            }
        }
        return {};
    }

    db::Session& session_;
    const RestoreRequest& request_;
    const meta::Disposal& disposal_;
    Timestamp at_;
    meta::RepositoryId home_ = 0;
    Restored restored_;
};

}  // namespace

Result<Restored> restore(db::Session& session, const RestoreRequest& request,
                         const meta::Disposal& disposal) {
    return Restoration(session, request, disposal).run();
}

}  // namespace berth::registry
