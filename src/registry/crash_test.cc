// SPDX-License-Identifier: Apache-2.0
//
// Stops the process, as it were, before and after every step of a push that changes the disk: the
// data directory is copied there and opened as the next process would find it.
#include "meta/blobs.h"
#include "registry/testing/registry_fixture.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::registry {
namespace {

const std::string kText = "hello world";

/// The directory at one instant, and what the client had been told by then.
struct Instant {
    std::filesystem::path copy;
    std::string upload_id;
    std::uint64_t promised = 0;
    bool acknowledged = false;
};

class CrashTest : public RegistryTest {
  protected:
    void record_from_now_on() {
        registry_->files.watch([this](io::FileCall) { keep(); });
        registry_->database.watch([this] { keep(); });
    }

    void stop_recording() {
        registry_->files.watch({});
        registry_->database.watch({});
    }

    void keep() {
        const std::filesystem::path copy = copies_.path() / std::to_string(instants_.size());
        std::filesystem::copy(directory_.path(), copy, std::filesystem::copy_options::recursive);
        instants_.push_back({copy, id_, promised_, acknowledged_});
    }

    void push_in_steps() {
        auto hold = begin().value();
        id_ = hold->id();
        ASSERT_TRUE(append(*hold, "hello "));
        ASSERT_TRUE(sync(*hold));
        promised_ = 6;
        ASSERT_TRUE(append(*hold, "world"));
        if (promises_all_) {
            ASSERT_TRUE(sync(*hold));
            promised_ = 11;
        }
        ASSERT_TRUE(commit(*hold, sha256(kText)));
        acknowledged_ = true;
        keep();
    }

    /// What a client does after the crash: goes on where it was told. It has to start again only
    /// when the session is over, that is when the blob is there (`may_be_over`).
    void finish_push(const Instant& instant, bool may_be_over) {
        auto hold = instant.upload_id.empty() ? begin() : acquire(instant.upload_id);
        if (hold && (*hold)->offset() < instant.promised) {
            ADD_FAILURE() << "offset " << (*hold)->offset() << " after " << instant.promised;
        }
        if (!hold) {
            EXPECT_EQ(hold.error().code, Errc::upload_unknown);
            EXPECT_TRUE(may_be_over) << "the session was lost";
            hold = begin();
        }
        ASSERT_TRUE(hold);
        ASSERT_TRUE(append(**hold, std::string_view(kText).substr((*hold)->offset())));
        ASSERT_TRUE(commit(**hold, sha256(kText)));
    }

    void check(const Instant& instant) {
        registry_ = std::make_unique<RunningRegistry>(instant.copy, limits_);
        const oci::Digest digest = sha256(kText);
        auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
        const auto row = io::run_task(registry_->database.read(find)).value();
        if (row && !row->in_catalog()) {
            const blob::Location location(row->location);
            EXPECT_TRUE(io::run_task(registry_->store->open(location, row->size)))
                << "a row points at missing bytes";
        }
        if (instant.acknowledged) {
            EXPECT_EQ(pull("app", digest), kText);
        } else {
            finish_push(instant, row.has_value());
        }
        EXPECT_EQ(pull("app", digest), kText);
    }

    void check_every_step() {
        restart(limits_);
        record_from_now_on();
        push_in_steps();
        stop_recording();
        for (std::size_t i = 0; i < instants_.size(); ++i) {
            SCOPED_TRACE("instant " + std::to_string(i));
            check(instants_[i]);
        }
    }

    io::TemporaryDirectory copies_;
    Limits limits_ = files_only();
    bool promises_all_ = false;
    std::vector<Instant> instants_;
    std::string id_;
    std::uint64_t promised_ = 0;
    bool acknowledged_ = false;
};

TEST_F(CrashTest, EveryStepOfAFirstPush) {
    check_every_step();
    EXPECT_GE(instants_.size(), 10U);
}

TEST_F(CrashTest, EveryStepOfAPushIntoTheCatalog) {
    limits_.inline_blob_bytes_max = 11;
    for (const bool promises_all : {false, true}) {
        promises_all_ = promises_all;
        check_every_step();
    }
    EXPECT_EQ(files_below("blobs"), 0U);
}

TEST_F(CrashTest, EveryStepOfAPushThatOutgrowsTheCatalog) {
    limits_.inline_blob_bytes_max = 6;
    promises_all_ = true;
    check_every_step();
    EXPECT_GE(instants_.size(), 10U);
}

// After a power cut ext4 may show the length of a write whose bytes never reached the device.
TEST_F(CrashTest, AnUploadGoesOnWhereItWasPromisedWhateverTheLengthOfItsFile) {
    auto hold = begin().value();
    id_ = hold->id();
    ASSERT_TRUE(append(*hold, "hel"));
    ASSERT_TRUE(sync(*hold));
    ASSERT_TRUE(append(*hold, "lo "));
    ASSERT_TRUE(sync(*hold));
    ASSERT_TRUE(append(*hold, "wor"));
    hold.reset();
    std::filesystem::resize_file(directory_.path() / "uploads" / id_, 4096);
    restart(limits_);
    hold = acquire(id_).value();
    EXPECT_EQ(hold->offset(), 6U);
    ASSERT_TRUE(append(*hold, "world"));
    ASSERT_TRUE(commit(*hold, sha256(kText)));
    EXPECT_EQ(pull("app", sha256(kText)), kText);
}

TEST_F(CrashTest, EveryStepOfAPushThatHeals) {
    ASSERT_TRUE(push("app", kText));
    std::filesystem::resize_file(only_object(), 3);
    record_from_now_on();
    push_in_steps();
    stop_recording();
    // Until the new bytes are in place the row points at the damaged ones, as before.
    ASSERT_FALSE(instants_.empty());
    for (const Instant& instant : instants_) {
        registry_ = std::make_unique<RunningRegistry>(instant.copy, limits_);
        if (!instant.acknowledged) {
            finish_push(instant, true);
        }
        EXPECT_EQ(pull("app", sha256(kText)), kText);
    }
}

TEST_F(CrashTest, EveryStepOfAPushOfPresentContent) {
    ASSERT_TRUE(push("other", kText));
    record_from_now_on();
    push_in_steps();
    stop_recording();
    for (const Instant& instant : instants_) {
        check(instant);
    }
}

}  // namespace
}  // namespace berth::registry
