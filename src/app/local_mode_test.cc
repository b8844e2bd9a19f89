// SPDX-License-Identifier: Apache-2.0
#include "app/local_mode.h"

#include "base/encode.h"
#include "io/testing/temporary_directory.h"

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace berth::app {
namespace {

using testing::HasSubstr;

class LocalModeTest : public testing::Test {
  protected:
    LocalModeTest() {
        config_.local = true;
        config_.local_directory = directory_.path() / "authority";
    }

    static bool is_for(const std::string& pem, const std::string& host) {
        const std::unique_ptr<BIO, decltype(&BIO_free)> in(
            BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(
            PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free);
        return X509_check_host(certificate.get(), host.c_str(), host.size(), 0, nullptr) == 1 ||
               X509_check_ip_asc(certificate.get(), host.c_str(), 0) == 1;
    }

    io::TemporaryDirectory directory_;
    Config config_;
};

TEST_F(LocalModeTest, TheCertificateIsForThisMachine) {
    config_.local_names = "berth, 192.168.7.7";
    const auto material = make_local_tls(config_);
    ASSERT_TRUE(material) << material.error().log_detail;
    for (const char* host : {"localhost", "127.0.0.1", "::1", "my.azurecr.io", "berth",
                             "host.docker.internal", "192.168.7.7"}) {
        EXPECT_TRUE(is_for(material->certificate, host)) << host;
    }
    EXPECT_FALSE(is_for(material->certificate, "example.com"));
    EXPECT_TRUE(io::TlsContext::make(*material));
}

TEST_F(LocalModeTest, NamesThatAreAskedForGetCertificatesOfTheirOwn) {
    const io::TlsMaterial material = make_local_tls(config_).value();
    const auto made = [&](const char* host) { return material.certificate_for_host(host); };
    for (const char* host : {"my.localhost", "a.b.localhost", "berth.test", "a.b.azurecr.io"}) {
        const auto certificate = made(host);
        ASSERT_TRUE(certificate) << host;
        EXPECT_TRUE(is_for(*certificate, host)) << host;
        EXPECT_TRUE(is_for(*certificate, "localhost")) << host;
    }
    for (const char* host : {"localhost", "my.azurecr.io", "127.0.0.1", "example.com", "berth",
                             "*.localhost", "", "a b"}) {
        EXPECT_FALSE(made(host)) << host;
    }
}

TEST_F(LocalModeTest, TheAuthorityStaysAndRefusesNamesItWasNotMadeFor) {
    const std::string first = make_local_tls(config_).value().certificate;
    EXPECT_NE(make_local_tls(config_).value().certificate, first);
    config_.local_names = "registry.example.com";
    const auto refused = make_local_tls(config_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().log_detail, HasSubstr("may not sign for 'registry.example.com'"));
    EXPECT_THAT(refused.error().log_detail, HasSubstr("ca.key to have a new authority"));
    config_.local_directory += "-2";
    EXPECT_TRUE(make_local_tls(config_));
}

TEST_F(LocalModeTest, StrangersHostsAreKnown) {
    config_.local_names = "registry.example.com,*.dev.example.com";
    for (const char* host :
         {"localhost", "localhost:5000", "LOCALHOST", "my.localhost:5443", "my.azurecr.io",
          "127.0.0.1:5000", "[::1]:5000", "192.168.1.2", "berth:5000", "berth.test",
          "host.docker.internal:5000", "registry.example.com:1", "a.dev.example.com"}) {
        EXPECT_TRUE(is_local_host(config_, host)) << host;
    }
    for (const char* host :
         {"evil.example:5000", "localhost.evil.example", "notazurecr.io", "", "example.com",
          "a.b.dev.example.com", "evil.example.", "[", "a b.c", "127.0.0.1.evil.example"}) {
        EXPECT_FALSE(is_local_host(config_, host)) << host;
    }
}

TEST_F(LocalModeTest, TheTokenIsShapedLikeEntras) {
    const std::string token = local_token();
    const std::size_t dot = token.find('.');
    EXPECT_EQ(base64_decode(token.substr(0, dot)), R"({"alg":"RS256","typ":"JWT"})");
    const auto claims = base64_decode(token.substr(dot + 1, token.rfind('.') - dot - 1));
    ASSERT_TRUE(claims);
    EXPECT_THAT(*claims, HasSubstr(R"("tid":"00000000-)"));
}

}  // namespace
}  // namespace berth::app
