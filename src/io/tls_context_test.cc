// SPDX-License-Identifier: Apache-2.0
#include "io/tls_context.h"

#include "io/testing/temporary_directory.h"
#include "io/testing/test_certificate.h"

#include <gmock/gmock.h>

#include <fstream>

namespace berth::io {
namespace {

using testing::HasSubstr;

class TlsContextTest : public testing::Test {
  protected:
    TlsContextTest() { write_test_certificate(certificate_, key_); }

    void expect_refused(const std::string& certificate, const std::string& key,
                        const std::string& words) {
        const auto loaded = TlsContext::load(certificate, key);
        ASSERT_FALSE(loaded);
        EXPECT_EQ(loaded.error().code, Errc::bad_request);
        EXPECT_THAT(loaded.error().log_detail, HasSubstr(words));
    }

    TemporaryDirectory directory_;
    const std::string certificate_ = directory_.path() / "cert.pem";
    const std::string key_ = directory_.path() / "key.pem";
};

TEST_F(TlsContextTest, LoadsAPair) {
    const auto loaded = TlsContext::load(certificate_, key_);
    ASSERT_TRUE(loaded) << loaded.error().log_detail;
    EXPECT_NE((*loaded)->native(), nullptr);
}

TEST_F(TlsContextTest, NamesTheMissingFile) {
    expect_refused("/nonexistent/cert.pem", key_, "cannot read certificate /nonexistent/cert.pem");
    expect_refused(certificate_, "/nonexistent/key.pem", "cannot read key /nonexistent/key.pem");
}

TEST_F(TlsContextTest, RefusesWhatIsNoPem) {
    const std::string garbage = directory_.path() / "garbage.pem";
    std::ofstream(garbage) << "not a certificate\n";
    expect_refused(garbage, key_, "cannot read certificate");
    expect_refused(certificate_, garbage, "cannot read key");
}

TEST_F(TlsContextTest, RefusesAKeyOfAnotherCertificate) {
    const std::string other_certificate = directory_.path() / "other-cert.pem";
    const std::string other_key = directory_.path() / "other-key.pem";
    write_test_certificate(other_certificate, other_key);
    const auto loaded = TlsContext::load(certificate_, other_key);
    ASSERT_FALSE(loaded);
    EXPECT_EQ(loaded.error().code, Errc::bad_request);
    EXPECT_THAT(loaded.error().log_detail, HasSubstr("key"));
}

}  // namespace
}  // namespace berth::io
