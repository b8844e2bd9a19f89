// SPDX-License-Identifier: Apache-2.0
//
// Every write to the catalog and every removal of a file that a cycle of garbage collection makes
// fails, one after the other. Then everything that is needed is there, and the next cycle,
// in the same process or the one after it, leaves nothing else.
#include "registry/testing/garbage_fixture.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <string>

namespace berth::registry {
namespace {

constexpr std::size_t kCallsMax = 100;

class GarbageFaultsTest : public GarbageTest {
  protected:
    using Break = std::function<void(std::size_t nth)>;
    using Broken = std::function<bool()>;

    /// An image that stays, one that is gone, a blob nobody ever named, a file without a row.
    void fill() {
        registry_.reset();
        std::filesystem::remove_all(directory_.path());
        std::filesystem::create_directory(directory_.path());
        restart();
        for (const std::string_view blob : {std::string_view(kConfig), kLayer, kIdle, kGone}) {
            ASSERT_TRUE(push("app", blob));
        }
        ASSERT_TRUE(put("app", image(kConfig, kLayer)));
        ASSERT_TRUE(put("app", image(kConfig, kGone)));
        remove_manifest("app", image(kConfig, kGone));
        leave_orphan();
    }

    void expect_needed() {
        EXPECT_EQ(pull("app", sha256(kConfig)), kConfig);
        EXPECT_EQ(pull("app", sha256(kLayer)), kLayer);
    }

    void expect_nothing_else() {
        EXPECT_EQ(blob_rows(), 2);
        EXPECT_EQ(files_below("blobs"), 2U);
    }

    /// How many failures were met.
    std::size_t sweep(const Break& break_nth, const Broken& broken, bool restarts) {
        for (std::size_t nth = 1; nth <= kCallsMax; ++nth) {
            SCOPED_TRACE(fmt::format("call {}{}", nth, restarts ? ", next process" : ""));
            fill();
            break_nth(nth);
            collect();
            const bool met = broken();
            if (restarts) {
                restart();
            }
            expect_needed();
            if (!met || HasFailure()) {
                return nth - 1;
            }
            collect();
            expect_needed();
            expect_nothing_else();
        }
        return kCallsMax;
    }

    static constexpr std::string_view kLayer = "layer";
    static constexpr std::string_view kIdle = "idle";
    static constexpr std::string_view kGone = "gone";
};

TEST_F(GarbageFaultsTest, OfTheCatalog) {
    const Break break_nth = [this](std::size_t nth) {
        registry_->database.fail_write(nth, Errc::disk_full);
    };
    const Broken broken = [this] { return registry_->database.has_failed(); };
    for (const bool restarts : {false, true}) {
        EXPECT_GE(sweep(break_nth, broken, restarts), 4U);
    }
}

TEST_F(GarbageFaultsTest, OfRemovals) {
    const Break break_nth = [this](std::size_t nth) {
        registry_->files.fail_at(io::FileCall::remove, nth, EIO);
    };
    const Broken broken = [this] { return registry_->files.has_failed(); };
    for (const bool restarts : {false, true}) {
        EXPECT_EQ(sweep(break_nth, broken, restarts), 3U);
    }
}

}  // namespace
}  // namespace berth::registry
