// SPDX-License-Identifier: Apache-2.0
//
// Every call that a push makes to the file system fails, one after the other, with EIO and with
// ENOSPC. Then nothing that was acknowledged is lost, no row points at bytes that are not there,
// what was refused is not served, the session goes on or has ended, a sync that failed is never
// followed by success over the same bytes, and a next try works. Both in the process that saw the
// failure and in the one after it.
#include "meta/blobs.h"
#include "registry/testing/registry_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace berth::registry {
namespace {

using io::FileCall;

const std::string kText = "hello world";

struct Sweep {
    const char* name;
    FileCall call;
    int errno_value;
};

class FaultSweepTest : public RegistryTest, public testing::WithParamInterface<Sweep> {
  protected:
    struct Told {
        std::string id;
        std::uint64_t promised = 0;
        bool sync_failed = false;
        bool acknowledged = false;
    };

    /// Stops at the first refusal, as a client would.
    Told push_in_steps() {
        Told told;
        auto hold = begin();
        if (!hold) {
            return told;
        }
        told.id = (*hold)->id();
        if (!append(**hold, "hello ")) {
            return told;
        }
        if (!sync(**hold)) {
            told.sync_failed = true;
            EXPECT_FALSE(retry_without_new_bytes(**hold)) << "a failed sync became a success";
            return told;
        }
        told.promised = 6;
        if (append(**hold, "world")) {
            told.acknowledged = commit(**hold, sha256(kText)).has_value();
        }
        return told;
    }

    /// Of syncs alone: after a refused opening there is nothing to lose.
    bool retry_without_new_bytes(UploadHold& hold) const {
        return is_sync() && sync(hold).has_value();
    }

    static bool is_sync() {
        return GetParam().call == FileCall::sync || GetParam().call == FileCall::sync_directory;
    }

    void check(const Told& told) {
        const oci::Digest digest = sha256(kText);
        auto find = [&digest](db::Session& session) { return meta::find_blob(session, digest); };
        const auto row = io::run_task(registry_->database.read(find)).value();
        if (row && !row->in_catalog() && !heals_) {
            const blob::Location location(row->location);
            EXPECT_TRUE(io::run_task(registry_->store->open(location, row->size)))
                << "a row points at missing bytes";
        }
        if (told.acknowledged) {
            EXPECT_EQ(pull("app", digest), kText);
        } else if (!heals_) {
            EXPECT_NE(pull("app", digest), kText) << "refused and served";
        }
        go_on(told);
        EXPECT_EQ(pull("app", digest), kText);
    }

    void go_on(const Told& told) {
        auto hold = told.id.empty() ? begin() : acquire(told.id);
        if (hold && !told.sync_failed) {
            EXPECT_GE((*hold)->offset(), told.promised);
        }
        if (!hold) {
            EXPECT_EQ(hold.error().code, Errc::upload_unknown);
            EXPECT_TRUE(told.acknowledged || is_sync()) << "only a lost session may end";
            hold = begin();
        }
        ASSERT_TRUE(hold);
        ASSERT_LE((*hold)->offset(), kText.size());
        ASSERT_TRUE(append(**hold, std::string_view(kText).substr((*hold)->offset())));
        ASSERT_TRUE(commit(**hold, sha256(kText)));
    }

    /// False when the push makes fewer such calls. Of `restarts` the check comes in the next
    /// process.
    bool fail_one(std::size_t nth, bool restarts) {
        registry_.reset();
        std::filesystem::remove_all(directory_.path());
        std::filesystem::create_directory(directory_.path());
        restart(limits_);
        if (heals_) {
            EXPECT_TRUE(push("app", kText));
            std::filesystem::resize_file(only_object(), 3);
        }
        registry_->files.fail_at(GetParam().call, nth, GetParam().errno_value);
        const Told told = push_in_steps();
        if (!registry_->files.has_failed()) {
            EXPECT_TRUE(told.acknowledged);
            return false;
        }
        if (restarts) {
            restart(limits_);
        }
        check(told);
        return true;
    }

    void sweep() {
        for (const bool restarts : {false, true}) {
            for (std::size_t nth = 1; nth < 100; ++nth) {
                SCOPED_TRACE(fmt::format("call {}{}", nth, restarts ? ", next process" : ""));
                if (!fail_one(nth, restarts) || HasFatalFailure()) {
                    break;
                }
            }
        }
    }

    Limits limits_ = files_only();
    bool heals_ = false;
};

TEST_P(FaultSweepTest, OfAPushIntoAFile) {
    sweep();
}

TEST_P(FaultSweepTest, OfAPushThatOutgrowsTheCatalog) {
    limits_.inline_blob_bytes_max = 6;
    sweep();
}

TEST_P(FaultSweepTest, OfAPushThatHeals) {
    heals_ = true;
    sweep();
}

INSTANTIATE_TEST_SUITE_P(
    Calls, FaultSweepTest,
    testing::Values(Sweep{"OpenIo", FileCall::open, EIO}, Sweep{"OpenFull", FileCall::open, ENOSPC},
                    Sweep{"WriteIo", FileCall::write, EIO},
                    Sweep{"WriteFull", FileCall::write, ENOSPC},
                    Sweep{"TruncateIo", FileCall::truncate, EIO},
                    Sweep{"SyncIo", FileCall::sync, EIO}, Sweep{"SyncFull", FileCall::sync, ENOSPC},
                    Sweep{"DirectoryIo", FileCall::sync_directory, EIO},
                    Sweep{"DirectoryFull", FileCall::sync_directory, ENOSPC},
                    Sweep{"LinkIo", FileCall::link, EIO}, Sweep{"LinkFull", FileCall::link, ENOSPC},
                    Sweep{"RemoveIo", FileCall::remove, EIO}),
    [](const testing::TestParamInfo<Sweep>& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace berth::registry
