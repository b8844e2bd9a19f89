// SPDX-License-Identifier: Apache-2.0
//
// The tables of docs/locks.md, row by row. "ok" beside a lock means that it does not block.
#include "registry/testing/metadata_fixture.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace berth::registry {
namespace {

class Locks : public MetadataTest {
  protected:
    const std::string one_ = image(kConfig, "layer");
    const std::string two_ = image(kConfig, "other layer");
    const std::string digest_ = sha256(one_).text();

    Locks() { EXPECT_EQ(put(one_, {"v1"}), "ok"); }

    using Setter = std::function<void(const AttributesChange&)>;

    Setter on_repository() {
        return [this](const AttributesChange& change) { change_repository(change); };
    }

    Setter on_tag() {
        return [this](const AttributesChange& change) { change_tag("v1", change); };
    }

    Setter on_manifest() {
        return [this](const AttributesChange& change) { change_manifest(sha256(one_), change); };
    }

    /// Sets the lock, tries, opens it again; what was blocked must then work.
    static void blocks(const char* row, const Setter& level, AttributesChange (*attribute)(bool),
                       const std::function<std::string()>& act) {
        SCOPED_TRACE(row);
        level(attribute(false));
        EXPECT_EQ(act(), "disallowed");
        level(attribute(true));
        EXPECT_EQ(act(), "ok");
    }

    static void lets(const char* row, const Setter& level, AttributesChange (*attribute)(bool),
                     const std::function<std::string()>& act) {
        SCOPED_TRACE(row);
        level(attribute(false));
        EXPECT_EQ(act(), "ok");
        level(attribute(true));
    }

    std::string stat_blob() {
        return outcome(io::run_task(blobs().stat(repository("app"), sha256("layer"))));
    }

    std::string open_blob() {
        return outcome(io::run_task(blobs().open(repository("app"), sha256("layer"))));
    }
};

TEST_F(Locks, Reading) {
    const auto by_tag = [this] { return get("v1"); };
    const auto by_digest = [this] { return get(digest_); };
    blocks("tag: R", on_repository(), read, by_tag);
    blocks("tag: T", on_tag(), read, by_tag);
    blocks("tag: M", on_manifest(), read, by_tag);
    blocks("digest: R", on_repository(), read, by_digest);
    lets("digest: T", on_tag(), read, by_digest);
    blocks("digest: M", on_manifest(), read, by_digest);
    blocks("blob head: R", on_repository(), read, [this] { return stat_blob(); });
    blocks("blob: R", on_repository(), read, [this] { return open_blob(); });
    lets("blob: M", on_manifest(), read, [this] { return open_blob(); });
    for (auto* attribute : {write, deletion, list}) {
        lets("other attributes: R", on_repository(), attribute, by_tag);
        lets("other attributes: T", on_tag(), attribute, by_tag);
        lets("other attributes: M", on_manifest(), attribute, by_tag);
        lets("other attributes: blob", on_repository(), attribute, [this] { return open_blob(); });
    }
}

TEST_F(Locks, WhatIsMissingIsMissingFirst) {
    change_repository(read(false));
    change_repository(write(false));
    EXPECT_EQ(get("v9"), "manifest_unknown");
    EXPECT_EQ(untag("v9"), "tag_unknown");
    EXPECT_EQ(remove(sha256("none").text()), "manifest_unknown");
    EXPECT_EQ(remove_blob("none"), "blob_unknown");
    EXPECT_EQ(remove_repository("none"), "name_unknown");
}

TEST_F(Locks, MountFromALockedRepositoryFallsBack) {
    change_repository(read(false));
    EXPECT_EQ(mount("layer", "other", "app"), "not mounted");
    EXPECT_EQ(mount("layer", "other", std::nullopt), "not mounted");
    ASSERT_TRUE(push("third", "layer"));
    EXPECT_EQ(mount("layer", "other", std::nullopt), "mounted") << "from third";
    EXPECT_EQ(mount("layer", "app", std::nullopt), "mounted") << "not from itself: from third";
    change_repository(read(true));
    EXPECT_EQ(mount("layer", "fourth", "app"), "mounted");
}

TEST_F(Locks, MountIntoALockedRepositoryIsBlocked) {
    ASSERT_TRUE(push("source", "extra"));
    change_repository(write(false));
    EXPECT_EQ(mount("extra", "app", "source"), "disallowed");
    change_repository(write(true));
    EXPECT_EQ(mount("extra", "app", "source"), "mounted");
}

TEST_F(Locks, Pushing) {
    blocks("by digest: R", on_repository(), write, [this] { return put(two_); });
    blocks("new tag: R", on_repository(), write, [this] { return put(one_, {"v2"}); });
    blocks("by tag: T", on_tag(), write, [this] { return put(two_, {"v1"}); });
    blocks("same again: T", on_tag(), write, [this] { return put(two_, {"v1"}); });
    lets("other tag: T", on_tag(), write, [this] { return put(two_, {"v3"}); });
    for (auto* attribute : {deletion, read, list}) {
        lets("other attributes: R", on_repository(), attribute,
             [this] { return put(one_, {"v1"}); });
        lets("other attributes: T", on_tag(), attribute, [this] { return put(two_, {"v1"}); });
    }
}

TEST_F(Locks, OneBlockedTagBlocksThePush) {
    change_tag("v1", write(false));
    EXPECT_EQ(put(two_, {"v0", "v1", "v2"}), "disallowed");
    EXPECT_EQ(get("v0"), "manifest_unknown");
    EXPECT_EQ(get(sha256(two_).text()), "manifest_unknown");
}

TEST_F(Locks, AWriteLockedManifestTakesTagsButKeepsItsTime) {
    change_manifest(sha256(one_), write(false));
    const Timestamp updated = details(sha256(one_)).manifest.updated;
    EXPECT_EQ(put(one_, {"v2"}), "ok");
    EXPECT_EQ(put(one_), "ok");
    EXPECT_EQ(details(sha256(one_)).manifest.updated, updated);
    EXPECT_EQ(details(sha256(one_)).manifest.tags, (std::vector<std::string>{"v1", "v2"}));
    EXPECT_EQ(put(two_, {"v1"}), "ok") << "the tag is not locked and may leave";
}

TEST_F(Locks, Uploads) {
    blocks("start: R", on_repository(), write, [this] { return outcome(begin()); });
    for (auto* attribute : {deletion, read, list}) {
        lets("start: other attributes", on_repository(), attribute,
             [this] { return outcome(begin()); });
    }
}

TEST_F(Locks, AnUploadWaitsForTheLockToOpen) {
    std::unique_ptr<UploadHold> hold = begin().value();
    ASSERT_TRUE(append(*hold, "late"));
    change_repository(write(false));
    EXPECT_TRUE(append(*hold, "r"));
    EXPECT_EQ(outcome(commit(*hold, sha256("later"))), "disallowed");
    EXPECT_EQ(files_below("blobs"), 3U) << "nothing was left behind";
    EXPECT_EQ(pull("app", sha256("later")), "[blob_unknown]");
    const std::string id = hold->id();
    hold.reset();
    change_repository(write(true));
    hold = acquire(id).value();
    EXPECT_EQ(outcome(commit(*hold, sha256("later"))), "ok");
    EXPECT_EQ(pull("app", sha256("later")), "later");
}

TEST_F(Locks, AnUploadCanBeCancelledInALockedRepository) {
    const std::unique_ptr<UploadHold> hold = begin().value();
    change_repository(write(false));
    EXPECT_TRUE(io::run_task(hold->cancel()));
}

TEST_F(Locks, Untagging) {
    const auto untag_once = [this] {
        const std::string result = untag("v1");
        EXPECT_EQ(put(one_, {"v1"}) == "ok" || result == "disallowed", true);
        return result;
    };
    blocks("R write", on_repository(), write, untag_once);
    lets("R delete", on_repository(), deletion, untag_once);
    blocks("T write", on_tag(), write, [this] { return untag("v1"); });
    EXPECT_EQ(put(one_, {"v1"}), "ok");
    blocks("T delete", on_tag(), deletion, [this] { return untag("v1"); });
    EXPECT_EQ(put(one_, {"v1"}), "ok");
    lets("M write", on_manifest(), write, untag_once);
    lets("M delete", on_manifest(), deletion, untag_once);
}

TEST_F(Locks, DeletingAManifest) {
    const auto remove_once = [this] {
        const std::string result = remove(digest_);
        EXPECT_EQ(put(one_, {"v1"}) == "ok" || result == "disallowed", true);
        return result;
    };
    // Another manifest keeps the repository, and its attributes, alive.
    ASSERT_EQ(put(two_), "ok");
    blocks("R write", on_repository(), write, remove_once);
    lets("R delete", on_repository(), deletion, remove_once);
    for (auto* attribute : {write, deletion}) {
        const auto removal = [this] { return remove(digest_); };
        blocks("M", on_manifest(), attribute, removal);
        EXPECT_EQ(put(one_, {"v1"}), "ok");
        blocks("T", on_tag(), attribute, removal);
        EXPECT_EQ(put(one_, {"v1"}), "ok");
    }
}

TEST_F(Locks, AManifestIsHeldByItsReferrers) {
    const std::string signature = image(kConfig, "other layer", one_);
    const std::string countersignature = image(kConfig, "layer", signature);
    ASSERT_EQ(put(signature), "ok");
    ASSERT_EQ(put(countersignature, {"sig"}), "ok");
    change_tag("sig", deletion(false));
    EXPECT_EQ(remove(digest_), "disallowed");
    EXPECT_EQ(get("v1"), "ok") << "nothing of it went";
    EXPECT_EQ(get(sha256(signature).text()), "ok");
    change_tag("sig", deletion(true));
    change_manifest(sha256(signature), write(false));
    EXPECT_EQ(remove(digest_), "disallowed");
    change_manifest(sha256(signature), write(true));
    EXPECT_EQ(remove(digest_), "ok");
    EXPECT_EQ(get("sig"), "manifest_unknown");
}

TEST_F(Locks, DeletingABlob) {
    ASSERT_EQ(put(two_), "ok");
    for (auto* attribute : {write, deletion}) {
        for (const Setter& level : {on_manifest(), on_tag()}) {
            level(attribute(false));
            EXPECT_EQ(remove_blob("layer"), "disallowed");
            EXPECT_EQ(remove_blob(kConfig), "disallowed") << "shared with an open manifest";
            EXPECT_EQ(remove_blob("other layer"), "ok");
            ASSERT_TRUE(push("app", "other layer"));
            level(attribute(true));
        }
    }
    change_repository(deletion(false));
    EXPECT_EQ(remove_blob("other layer"), "ok");
    change_repository(write(false));
    EXPECT_EQ(remove_blob("layer"), "disallowed");
    change_repository(write(true));
    EXPECT_EQ(remove_blob("layer"), "ok");
}

TEST_F(Locks, DeletingARepository) {
    const auto removal = [this] {
        const std::string result = remove_repository();
        if (result == "ok") {
            EXPECT_EQ(get("v1"), "manifest_unknown");
            EXPECT_TRUE(push("app", kConfig));
            EXPECT_TRUE(push("app", "layer"));
            EXPECT_EQ(put(one_, {"v1"}), "ok");
        }
        return result;
    };
    // Opened again by hand: blocks() would look for a tag that has gone.
    const auto blocked = [&](const Setter& level, AttributesChange (*attribute)(bool)) {
        level(attribute(false));
        EXPECT_EQ(removal(), "disallowed");
        level(attribute(true));
    };
    for (auto* attribute : {write, deletion}) {
        blocked(on_repository(), attribute);
        blocked(on_tag(), attribute);
        blocked(on_manifest(), attribute);
    }
    for (auto* attribute : {read, list}) {
        on_repository()(attribute(false));
        on_tag()(attribute(false));
        on_manifest()(attribute(false));
        EXPECT_EQ(removal(), "ok");
        EXPECT_EQ(repository_row().attributes, Attributes()) << "a new repository";
    }
}

TEST_F(Locks, EveryLockCanBeOpenedAgain) {
    for (const Setter& level : {on_repository(), on_tag(), on_manifest()}) {
        for (auto* attribute : {write, deletion, read, list}) {
            level(attribute(false));
        }
    }
    for (const Setter& level : {on_manifest(), on_tag(), on_repository()}) {
        for (auto* attribute : {write, deletion, read, list}) {
            level(attribute(true));
        }
    }
    EXPECT_EQ(repository_row().attributes, Attributes());
    EXPECT_EQ(tag_row("v1").attributes, Attributes());
    EXPECT_EQ(details(sha256(one_)).manifest.attributes, Attributes());
    EXPECT_EQ(get("v1"), "ok");
}

}  // namespace
}  // namespace berth::registry
