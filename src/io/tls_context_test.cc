// SPDX-License-Identifier: Apache-2.0
#include "io/tls_context.h"

#include "io/testing/test_certificate.h"

#include <gmock/gmock.h>

namespace berth::io {
namespace {

using testing::HasSubstr;

TlsMaterial material_of(const TestCertificate& pair) {
    TlsMaterial material;
    material.certificate = pair.certificate;
    material.key = pair.key;
    return material;
}

std::string refusal(const TlsMaterial& material) {
    const auto made = TlsContext::make(material);
    if (made) {
        return "";
    }
    EXPECT_EQ(made.error().code, Errc::bad_request);
    return made.error().log_detail;
}

TEST(TlsContext, TakesAPairAndKnowsItsCertificate) {
    const auto made = TlsContext::make(material_of(TestCertificate("registry.example")));
    ASSERT_TRUE(made) << made.error().log_detail;
    EXPECT_NE((*made)->native(), nullptr);
    const CertificateSummary& summary = (*made)->certificate();
    EXPECT_EQ(summary.subject, "CN=registry.example");
    EXPECT_EQ(summary.serial, "4711");
    EXPECT_NEAR(static_cast<double>(summary.not_after),
                static_cast<double>(std::time(nullptr)) + 3600, 60);
}

TEST(TlsContext, TakesAChainAndBothInOneText) {
    const TestCertificate leaf;
    const TestCertificate link("link");
    TlsMaterial material = material_of(leaf);
    material.certificate += link.certificate;
    EXPECT_EQ(refusal(material), "");
    material.certificate = leaf.key + leaf.certificate;
    material.key = material.certificate;
    EXPECT_EQ(refusal(material), "");
}

TEST(TlsContext, RefusesWhatIsNoPem) {
    TlsMaterial material = material_of(TestCertificate());
    const std::string good = material.certificate;
    for (const char* bad : {"", "not a certificate\n"}) {
        material.certificate = bad;
        EXPECT_EQ(refusal(material), "cannot read certificate: no certificate in it");
    }
    material.certificate = good;
    material.key = "not a key\n";
    EXPECT_THAT(refusal(material), HasSubstr("cannot read key"));
}

// As a reader sees a file that is still being written.
TEST(TlsContext, RefusesHalfATextAndHalfAChain) {
    const TlsMaterial whole = material_of(TestCertificate());
    TlsMaterial material = whole;
    material.certificate.resize(material.certificate.size() / 2);
    EXPECT_THAT(refusal(material), HasSubstr("cannot read certificate"));
    material.certificate = whole.certificate + material.certificate;
    EXPECT_THAT(refusal(material), HasSubstr("cannot read certificate chain"));
    material = whole;
    material.key.resize(material.key.size() / 2);
    EXPECT_THAT(refusal(material), HasSubstr("cannot read key"));
}

TEST(TlsContext, RefusesAKeyOfAnotherCertificate) {
    TlsMaterial material = material_of(TestCertificate());
    material.key = TestCertificate().key;
    EXPECT_THAT(refusal(material), HasSubstr("key does not fit the certificate"));
}

// OpenSSL would ask the terminal for the passphrase and wait.
TEST(TlsContext, RefusesAnEncryptedKey) {
    const TestCertificate pair;
    const std::unique_ptr<BIO, decltype(&BIO_free)> plain(
        BIO_new_mem_buf(pair.key.data(), static_cast<int>(pair.key.size())), BIO_free);
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        PEM_read_bio_PrivateKey(plain.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    const std::string phrase = "secret";
    ASSERT_EQ(PEM_write_bio_PrivateKey(out.get(), key.get(), EVP_aes_128_cbc(),
                                       reinterpret_cast<const unsigned char*>(phrase.data()),
                                       static_cast<int>(phrase.size()), nullptr, nullptr),
              1);
    char* text = nullptr;
    const long length = BIO_get_mem_data(out.get(), &text);
    TlsMaterial material = material_of(pair);
    material.key.assign(text, static_cast<std::size_t>(length));
    EXPECT_THAT(refusal(material), HasSubstr("cannot read key"));
}

TEST(TlsContext, ClientsAuthoritiesMustBeThereWhenTheyMatter) {
    TlsMaterial material = material_of(TestCertificate());
    material.client_certificates = ClientCertificates::required;
    EXPECT_THAT(refusal(material), HasSubstr("clients' authorities"));
    material.client_ca = "garbage";
    EXPECT_THAT(refusal(material), HasSubstr("clients' authorities"));
    material.client_ca = TestCertificate("authority").certificate;
    EXPECT_EQ(refusal(material), "");
    material.client_ca += "-----BEGIN CERTIFICATE-----\nAAAA";
    EXPECT_THAT(refusal(material), HasSubstr("clients' authorities"));
}

}  // namespace
}  // namespace berth::io
