// SPDX-License-Identifier: Apache-2.0
#include "app/authority_directory.h"

#include "io/testing/temporary_directory.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sys/stat.h>
#include <thread>

namespace berth::app {
namespace {

using testing::HasSubstr;

class AuthorityDirectoryTest : public testing::Test {
  protected:
    std::string subject() const { return files_.open({}).value().authority.summary().subject; }

    std::string refusal() const {
        const auto opened = files_.open({});
        EXPECT_FALSE(opened);
        EXPECT_EQ(opened.error().code, Errc::bad_request);
        return opened.error().log_detail;
    }

    static mode_t mode_of(const std::filesystem::path& path) {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 07777U;
    }

    io::TemporaryDirectory parent_;
    const std::filesystem::path path_ = parent_.path() / "share" / "berth";
    const AuthorityDirectory files_{path_};
};

TEST_F(AuthorityDirectoryTest, MakesOneAndKeepsIt) {
    const auto first = files_.open({});
    ASSERT_TRUE(first) << first.error().log_detail;
    EXPECT_TRUE(first->is_new);
    EXPECT_EQ(mode_of(path_), 0700U);
    EXPECT_EQ(mode_of(path_ / "ca.key"), 0600U);
    EXPECT_EQ(mode_of(path_ / "ca.crt"), 0644U);
    const auto second = files_.open({});
    ASSERT_TRUE(second);
    EXPECT_FALSE(second->is_new);
    EXPECT_EQ(second->authority.summary().subject, first->authority.summary().subject);
}

TEST_F(AuthorityDirectoryTest, ThoseWhoComeTogetherGetTheSame) {
    std::string subjects[4];
    {
        std::vector<std::jthread> threads;
        for (std::string& found : subjects) {
            threads.emplace_back([&] { found = subject(); });
        }
    }
    for (const std::string& found : subjects) {
        EXPECT_EQ(found, subjects[0]);
    }
}

// A crash between the two files: nobody trusts that authority yet.
TEST_F(AuthorityDirectoryTest, AKeyAloneIsReplaced) {
    const std::string before = subject();
    std::filesystem::remove(path_ / "ca.crt");
    EXPECT_NE(subject(), before);
}

TEST_F(AuthorityDirectoryTest, SaysWhatIsWrong) {
    const std::string before = subject();
    ::chmod((path_ / "ca.key").c_str(), 0640);
    EXPECT_THAT(refusal(), HasSubstr("open to other users"));
    ::chmod((path_ / "ca.key").c_str(), 0600);
    std::filesystem::rename(path_ / "ca.key", path_ / "away");
    EXPECT_THAT(refusal(), HasSubstr("but not its key"));
    std::filesystem::rename(path_ / "away", path_ / "ca.key");
    EXPECT_EQ(subject(), before);
    std::ofstream(path_ / "ca.crt") << "garbage";
    EXPECT_THAT(refusal(), HasSubstr("no PEM certificate; remove it"));
}

TEST_F(AuthorityDirectoryTest, WritesAServersPair) {
    const auto opened = files_.open({});
    CertificatePair pair;
    pair.certificate = "certificate";
    pair.key = "key";
    ASSERT_TRUE(files_.write_server(pair));
    EXPECT_EQ(mode_of(path_ / "server.key"), 0600U);
    EXPECT_EQ(mode_of(path_ / "server.crt"), 0644U);
}

}  // namespace
}  // namespace berth::app
