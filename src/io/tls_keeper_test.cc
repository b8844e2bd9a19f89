// SPDX-License-Identifier: Apache-2.0
#include "io/tls_keeper.h"

#include "io/testing/temporary_directory.h"
#include "io/testing/test_certificate.h"

#include <gtest/gtest.h>

namespace berth::io {
namespace {

class TlsKeeperTest : public testing::Test {
  protected:
    TlsKeeperTest() {
        files_.certificate = directory_.path() / "cert.pem";
        files_.key = directory_.path() / "key.pem";
        put("first");
    }

    /// Under other names first, as a careful writer does.
    void put(const std::string& name) {
        const TestCertificate pair(name);
        pair.write(directory_.path() / "new-cert", directory_.path() / "new-key");
        std::filesystem::rename(directory_.path() / "new-cert", files_.certificate);
        std::filesystem::rename(directory_.path() / "new-key", files_.key);
    }

    std::string subject() const { return keeper_->current()->certificate().subject; }

    void load() { keeper_ = TlsKeeper::load(files_).value(); }

    TemporaryDirectory directory_;
    TlsFiles files_;
    std::unique_ptr<TlsKeeper> keeper_;
};

TEST_F(TlsKeeperTest, WithoutFilesThereIsNoKeeper) {
    files_.key = "/nonexistent";
    EXPECT_FALSE(TlsKeeper::load(files_));
}

TEST_F(TlsKeeperTest, NothingChangedNothingRead) {
    load();
    const auto before = keeper_->current();
    EXPECT_EQ(keeper_->refresh().value(), nullptr);
    EXPECT_EQ(keeper_->current(), before);
}

TEST_F(TlsKeeperTest, ChangedFilesAreTakenOnceAndTheOldContextLivesOn) {
    load();
    const auto old = keeper_->current();
    put("second");
    const auto fresh = keeper_->refresh().value();
    EXPECT_EQ(fresh, keeper_->current());
    EXPECT_EQ(subject(), "CN=second");
    EXPECT_EQ(old->certificate().subject, "CN=first");
    EXPECT_EQ(keeper_->refresh().value(), nullptr);
}

TEST_F(TlsKeeperTest, ABadPairIsReportedOnceAndLeavesTheOldOne) {
    load();
    std::ofstream(files_.key) << TestCertificate().key;
    EXPECT_FALSE(keeper_->refresh());
    EXPECT_EQ(keeper_->refresh().value(), nullptr);
    EXPECT_EQ(subject(), "CN=first");
    std::filesystem::remove(files_.certificate);
    EXPECT_FALSE(keeper_->refresh());
    EXPECT_EQ(subject(), "CN=first");
    put("second");
    EXPECT_NE(keeper_->refresh().value(), nullptr);
    EXPECT_EQ(subject(), "CN=second");
}

TEST_F(TlsKeeperTest, ReloadReadsWhatDidNotChange) {
    load();
    const auto before = keeper_->current();
    EXPECT_NE(keeper_->reload().value(), before);
    EXPECT_EQ(subject(), "CN=first");
    EXPECT_EQ(keeper_->refresh().value(), nullptr);
}

TEST_F(TlsKeeperTest, AFixedOneNeverChanges) {
    TlsKeeper fixed(load_tls_context(files_).value());
    put("second");
    EXPECT_EQ(fixed.refresh().value(), nullptr);
    EXPECT_EQ(fixed.reload().value(), nullptr);
    EXPECT_EQ(fixed.current()->certificate().subject, "CN=first");
}

}  // namespace
}  // namespace berth::io
