// SPDX-License-Identifier: Apache-2.0
//
// A lock that is set after a request was read and before its transaction begins stops it all the
// same (docs/locks.md "Every decision about a change").
#include "base/try.h"
#include "registry/testing/metadata_fixture.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>

namespace berth::registry {
namespace {

class OvertakingLocks : public MetadataTest {
  protected:
    const std::string one_ = image(kConfig, "layer");
    const std::string two_ = image(kConfig, "other layer");

    OvertakingLocks() { EXPECT_EQ(put(one_, {"v1"}), "ok"); }

    void lock_repository_first(const AttributesChange& change, const std::string& name = "app") {
        registry_->database.overtake([change, name](db::Session& session) -> Result<void> {
            BERTH_TRY(const auto row, meta::find_repository(session, repository(name)));
            return meta::change_repository(session, row.value().id, change, std::nullopt);
        });
    }

    void lock_tag_first(const AttributesChange& change) {
        registry_->database.overtake([change](db::Session& session) -> Result<void> {
            BERTH_TRY(const auto row, meta::find_repository(session, repository("app")));
            BERTH_TRY_VOID(meta::change_tag(session, row.value().id, tag("v1"), change));
            return {};
        });
    }

    void expect_end_blocked(UploadHold& hold, const std::string& content) {
        lock_repository_first(write(false));
        EXPECT_EQ(outcome(commit(hold, sha256(content))), "disallowed");
        EXPECT_EQ(pull("app", sha256(content)), "[blob_unknown]");
        change_repository(write(true));
        EXPECT_EQ(outcome(commit(hold, sha256(content))), "ok") << "the session kept its bytes";
        EXPECT_EQ(pull("app", sha256(content)), content);
    }
};

TEST_F(OvertakingLocks, EndOfAnUploadOfNewBytes) {
    const std::unique_ptr<UploadHold> hold = begin().value();
    ASSERT_TRUE(append(*hold, "late"));
    expect_end_blocked(*hold, "late");
    EXPECT_EQ(files_below("blobs"), 4U) << "the blocked end left nothing";
}

TEST_F(OvertakingLocks, EndOfAnUploadOfStoredBytes) {
    ASSERT_TRUE(push("other", "shared"));
    const std::unique_ptr<UploadHold> hold = begin().value();
    ASSERT_TRUE(append(*hold, "shared"));
    expect_end_blocked(*hold, "shared");
}

TEST_F(OvertakingLocks, AnEndThatFindsTheLockWritesNothing) {
    const std::unique_ptr<UploadHold> hold = begin().value();
    ASSERT_TRUE(append(*hold, "late"));
    change_repository(write(false));
    int calls = 0;
    registry_->database.watch([&calls] { ++calls; });
    EXPECT_EQ(outcome(commit(*hold, sha256("late"))), "disallowed");
    EXPECT_EQ(calls, 0);
    registry_->database.watch(nullptr);
}

TEST_F(OvertakingLocks, Mounts) {
    ASSERT_TRUE(push("source", "extra"));
    // What holds only blobs is not shown, but it can be locked.
    lock_repository_first(read(false), "source");
    EXPECT_EQ(mount("extra", "app", "source"), "not mounted");
    EXPECT_EQ(pull("app", sha256("extra")), "[blob_unknown]");
    ASSERT_TRUE(push("third", "extra"));
    lock_repository_first(write(false));
    EXPECT_EQ(mount("extra", "app", "third"), "disallowed");
    EXPECT_EQ(pull("app", sha256("extra")), "[blob_unknown]");
}

TEST_F(OvertakingLocks, StartOfAnUpload) {
    lock_repository_first(write(false));
    EXPECT_EQ(outcome(begin()), "disallowed");
}

TEST_F(OvertakingLocks, PushesAndDeletions) {
    const auto blocked = [this](const char* what, const std::function<std::string()>& act) {
        SCOPED_TRACE(what);
        lock_tag_first(write(false));
        EXPECT_EQ(act(), "disallowed");
        change_tag("v1", write(true));
        lock_repository_first(write(false));
        EXPECT_EQ(act(), "disallowed");
        change_repository(write(true));
    };
    blocked("push", [this] { return put(two_, {"v1"}); });
    blocked("untag", [this] { return untag("v1"); });
    blocked("manifest", [this] { return remove(sha256(one_).text()); });
    blocked("blob", [this] { return remove_blob("layer"); });
    blocked("repository", [this] { return remove_repository(); });
    EXPECT_EQ(tag_row("v1").digest, sha256(one_));
    EXPECT_EQ(put(two_, {"v1"}), "ok");
}

}  // namespace
}  // namespace berth::registry
