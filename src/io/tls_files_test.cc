// SPDX-License-Identifier: Apache-2.0
#include "io/tls_files.h"

#include "io/testing/temporary_directory.h"
#include "io/testing/test_certificate.h"

#include <gmock/gmock.h>

namespace berth::io {
namespace {

using testing::HasSubstr;

class TlsFilesTest : public testing::Test {
  protected:
    TlsFilesTest() {
        files_.certificate = directory_.path() / "cert.pem";
        files_.key = directory_.path() / "key.pem";
        TestCertificate().write(files_.certificate, files_.key);
    }

    std::string refusal() const {
        const auto loaded = load_tls_context(files_);
        if (loaded) {
            return "";
        }
        EXPECT_EQ(loaded.error().code, Errc::bad_request);
        return loaded.error().log_detail;
    }

    TemporaryDirectory directory_;
    TlsFiles files_;
};

TEST_F(TlsFilesTest, LoadsAPair) {
    EXPECT_EQ(refusal(), "");
}

TEST_F(TlsFilesTest, NamesTheMissingFile) {
    const TlsFiles good = files_;
    files_.certificate = "/nonexistent/cert.pem";
    EXPECT_EQ(refusal(),
              "cannot read certificate /nonexistent/cert.pem: No such file or directory");
    files_ = good;
    files_.key = "/nonexistent/key.pem";
    EXPECT_THAT(refusal(), HasSubstr("cannot read key /nonexistent/key.pem"));
    files_ = good;
    files_.client_certificates = ClientCertificates::requested;
    files_.client_ca = directory_.path();
    EXPECT_THAT(refusal(), HasSubstr("cannot read clients' authorities"));
}

TEST_F(TlsFilesTest, NamesTheFilesOfABadPair) {
    std::ofstream(files_.key) << TestCertificate().key;
    EXPECT_THAT(refusal(), HasSubstr("key does not fit the certificate"));
    EXPECT_THAT(refusal(), HasSubstr(files_.key));
}

TEST_F(TlsFilesTest, RefusesAFileThatIsTooLargeForACertificate) {
    std::filesystem::resize_file(files_.certificate, 4U * 1024 * 1024 + 1);
    EXPECT_THAT(refusal(), HasSubstr("larger than 4 MiB"));
}

TEST_F(TlsFilesTest, StampsChangeWithContentAndIdentity) {
    const TlsStamps before = stamp_files(files_);
    EXPECT_EQ(stamp_files(files_), before);
    std::ofstream(files_.key, std::ios::app) << "\n";
    const TlsStamps longer = stamp_files(files_);
    EXPECT_NE(longer, before);
    std::filesystem::last_write_time(
        files_.key, std::filesystem::last_write_time(files_.key) + std::chrono::seconds(1));
    const TlsStamps later = stamp_files(files_);
    EXPECT_NE(later, longer);
    const auto copy = directory_.path() / "copy";
    std::filesystem::copy_file(files_.key, copy);
    std::filesystem::last_write_time(copy, std::filesystem::last_write_time(files_.key));
    std::filesystem::rename(copy, files_.key);
    EXPECT_NE(stamp_files(files_), later);
    std::filesystem::remove(files_.key);
    EXPECT_EQ(stamp_files(files_)[1], FileStamp());
}

// As Kubernetes replaces a secret: the name is a link to a link to a directory.
TEST_F(TlsFilesTest, StampsFollowLinks) {
    const auto root = directory_.path();
    for (const char* version : {"one", "two"}) {
        std::filesystem::create_directory(root / version);
        TestCertificate().write(root / version / "cert.pem", root / version / "key.pem");
    }
    std::filesystem::create_directory_symlink("one", root / "current");
    std::filesystem::remove(files_.certificate);
    std::filesystem::create_symlink("current/cert.pem", files_.certificate);
    const TlsStamps before = stamp_files(files_);
    EXPECT_NE(before[0], FileStamp());
    std::filesystem::create_directory_symlink("two", root / "next");
    std::filesystem::rename(root / "next", root / "current");
    EXPECT_NE(stamp_files(files_), before);
}

}  // namespace
}  // namespace berth::io
