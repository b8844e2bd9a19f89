// SPDX-License-Identifier: Apache-2.0
#include "registry/upload_quota.h"

#include "registry/testing/registry_fixture.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace berth::registry {
namespace {

Limits with_uploads(std::uint32_t most) {
    Limits limits = files_only();
    limits.uploads_per_account_max = most;
    return limits;
}

class UploadQuotaTest : public RegistryTest {
  protected:
    Result<void> admit(UploadQuota& quota, const std::string& owner, UploadQuota::Time now) {
        auto work = [&](db::Session& session) { return quota.admit(session, owner, now); };
        return io::run_task(registry_->database.write(work));
    }

    std::vector<std::unique_ptr<UploadHold>> begin_some(int count) {
        std::vector<std::unique_ptr<UploadHold>> holds;
        for (int i = 0; i < count; ++i) {
            holds.push_back(begin().value());
        }
        return holds;
    }
};

TEST_F(UploadQuotaTest, AllowsTheLastAndRefusesOneMore) {
    restart(with_uploads(3));
    const auto holds = begin_some(3);
    const auto refused = begin();
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::rate_limited);
    EXPECT_EQ(refused.error().retry_after, std::chrono::seconds(1));
    EXPECT_TRUE(io::run_task(
        uploads().begin(repository("app"), "bob", oci::Algorithm::sha256, std::nullopt)))
        << "another account has its own";
}

TEST_F(UploadQuotaTest, CountsWhatAnEarlierProcessLeft) {
    restart(with_uploads(3));
    begin_some(2);
    restart(with_uploads(3));
    const auto third = begin();
    EXPECT_TRUE(third);
    EXPECT_FALSE(begin());
}

TEST_F(UploadQuotaTest, FindsFreedPlacesASecondLater) {
    restart(with_uploads(100));
    auto holds = begin_some(2);
    UploadQuota quota(2);
    const UploadQuota::Time start{};
    EXPECT_FALSE(admit(quota, "alice", start));
    ASSERT_TRUE(io::run_task(holds.front()->cancel()));
    EXPECT_FALSE(admit(quota, "alice", start + std::chrono::milliseconds(999)));
    EXPECT_TRUE(admit(quota, "alice", start + std::chrono::seconds(1)));
}

TEST_F(UploadQuotaTest, ManyUploadsOneAfterTheOtherAreNoneTooMany) {
    restart(with_uploads(1));
    UploadQuota quota(1);
    for (int i = 0; i < 5; ++i) {
        EXPECT_TRUE(push("app", "content " + std::to_string(i))) << i;
        EXPECT_TRUE(admit(quota, "alice", UploadQuota::Time())) << i;
    }
}

}  // namespace
}  // namespace berth::registry
