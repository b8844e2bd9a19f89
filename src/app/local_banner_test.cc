// SPDX-License-Identifier: Apache-2.0
#include "app/local_banner.h"

#include "app/local_mode.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::Not;

class LocalBannerTest : public testing::Test {
  protected:
    LocalBannerTest() {
        config_.local = true;
        config_.local_directory = "/home/ann/some where";
    }

    Config config_;
};

TEST_F(LocalBannerTest, SaysWhatToType) {
    const std::string text =
        local_banner(config_, {"https://127.0.0.1:5443", "http://127.0.0.1:5000"});
    EXPECT_THAT(text, HasSubstr("WARNING     everybody"));
    EXPECT_THAT(text, HasSubstr("\n  listening   https://127.0.0.1:5443\n"
                                "  listening   http://127.0.0.1:5000\n"));
    EXPECT_THAT(text, HasSubstr("docker login -u local -p berth-local-password localhost:5000\n"));
    EXPECT_THAT(text, HasSubstr("REQUESTS_CA_BUNDLE='/home/ann/some where/ca.crt'\n"));
    EXPECT_THAT(text, HasSubstr("--suffix-acr-login-server-endpoint .0.0.1:5443"));
    EXPECT_THAT(text, HasSubstr("TOKEN=" + local_token()));
    EXPECT_THAT(text, Not(HasSubstr("in memory")));
}

TEST_F(LocalBannerTest, OneSchemeIsEnough) {
    config_.in_memory = true;
    const std::string secure = local_banner(config_, {"https://127.0.0.1:1"});
    EXPECT_THAT(secure, HasSubstr("berth-local-password localhost:1\n"));
    EXPECT_THAT(secure, HasSubstr("in memory; gone when the server ends"));
}

// The developer's own certificate: whose authority that is only the developer knows.
TEST_F(LocalBannerTest, ACertificateOfOnesOwnHasAnotherAuthority) {
    config_.tls.cert = "own.crt";
    const std::string text = local_banner(config_, {"https://127.0.0.1:1"});
    EXPECT_THAT(text, Not(HasSubstr("some where")));
    EXPECT_THAT(text, HasSubstr("NODE_EXTRA_CA_CERTS=AUTHORITY.pem\n"));
}

}  // namespace
}  // namespace berth::app
