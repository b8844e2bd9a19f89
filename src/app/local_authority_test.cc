// SPDX-License-Identifier: Apache-2.0
#include "app/local_authority.h"

#include <gmock/gmock.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <ctime>

namespace berth::app {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kDay = 86'400;

CertificateNames names_of(const std::vector<std::string>& texts) {
    return parse_certificate_names(texts).value();
}

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

Certificate parsed(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> in(
        BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
    return {PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr), X509_free};
}

/// What a careful client says of `leaf` when it trusts `authority` and wants `host`.
int verdict(const std::string& leaf, const std::string& authority, const std::string& host) {
    const Certificate anchor = parsed(authority);
    const Certificate certificate = parsed(leaf);
    const std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)> store(X509_STORE_new(),
                                                                        X509_STORE_free);
    X509_STORE_add_cert(store.get(), anchor.get());
    const std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)> check(
        X509_STORE_CTX_new(), X509_STORE_CTX_free);
    X509_STORE_CTX_init(check.get(), store.get(), certificate.get(), nullptr);
    X509_VERIFY_PARAM* wanted = X509_STORE_CTX_get0_param(check.get());
    X509_VERIFY_PARAM_set_flags(wanted, X509_V_FLAG_X509_STRICT);
    X509_VERIFY_PARAM_set_purpose(wanted, X509_PURPOSE_SSL_SERVER);
    if (parse_certificate_name(host)->is_address) {
        X509_VERIFY_PARAM_set1_ip_asc(wanted, host.c_str());
    } else {
        X509_VERIFY_PARAM_set1_host(wanted, host.c_str(), 0);
    }
    X509_verify_cert(check.get());
    return X509_STORE_CTX_get_error(check.get());
}

TEST(LocalAuthority, ServersOfItAreTrustedUnderTheirNames) {
    const LocalAuthority authority = LocalAuthority::create(names_of({"registry.example"})).value();
    const CertificatePair server =
        authority
            .issue(names_of({"registry.example", "*.registry.example", "localhost", "127.0.0.1",
                             "::1", "192.168.1.7"}))
            .value();
    const std::string& anchor = authority.pair().certificate;
    for (const char* host : {"registry.example", "a.registry.example", "localhost", "127.0.0.1",
                             "::1", "192.168.1.7"}) {
        EXPECT_EQ(verdict(server.certificate, anchor, host), X509_V_OK) << host;
    }
    EXPECT_EQ(verdict(server.certificate, anchor, "other.example"), X509_V_ERR_HOSTNAME_MISMATCH);
    const LocalAuthority stranger = LocalAuthority::create({}).value();
    EXPECT_NE(verdict(server.certificate, stranger.pair().certificate, "localhost"), X509_V_OK);
}

TEST(LocalAuthority, SignsForItsOwnNamesOnly) {
    const LocalAuthority authority = LocalAuthority::create(names_of({"azurecr.io"})).value();
    const auto may = [&](const char* name) {
        return authority.may_sign_for(parse_certificate_name(name).value());
    };
    for (const char* name :
         {"azurecr.io", "my.azurecr.io", "*.azurecr.io", "localhost", "*.localhost", "127.0.0.1",
          "10.1.2.3", "172.31.0.1", "192.168.0.1", "::1", "fd00::1"}) {
        EXPECT_TRUE(may(name)) << name;
    }
    for (const char* name :
         {"example.com", "myazurecr.io", "8.8.8.8", "172.32.0.1", "2001:db8::1", "::2"}) {
        EXPECT_FALSE(may(name)) << name;
        const auto refused = authority.issue(names_of({"localhost", name}));
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::bad_request);
        EXPECT_THAT(refused.error().log_detail,
                    HasSubstr(std::string("may not sign for '") + name));
    }
}

// A constraint on addresses alone would leave host names free.
TEST(LocalAuthority, OneForAddressesIsNotOneForEveryHost) {
    const LocalAuthority authority = LocalAuthority::create(names_of({"203.0.113.9"})).value();
    EXPECT_TRUE(authority.may_sign_for(parse_certificate_name("203.0.113.9").value()));
    EXPECT_FALSE(authority.may_sign_for(parse_certificate_name("example.com").value()));
}

TEST(LocalAuthority, WhatTheCertificatesSay) {
    const LocalAuthority authority = LocalAuthority::create({}).value();
    const auto now = static_cast<std::int64_t>(std::time(nullptr));
    EXPECT_THAT(authority.summary().subject, HasSubstr("CN=Berth local authority "));
    EXPECT_NEAR(static_cast<double>(authority.summary().not_after),
                static_cast<double>(now + 3650 * kDay), 2.0 * kDay);
    const Certificate self = parsed(authority.pair().certificate);
    EXPECT_EQ(X509_get_pathlen(self.get()), 0);
    EXPECT_EQ(X509_get_key_usage(self.get()), KU_KEY_CERT_SIGN | KU_CRL_SIGN);

    const Certificate leaf = parsed(authority.issue(names_of({"localhost"})).value().certificate);
    EXPECT_EQ(X509_check_ca(leaf.get()), 0);
    EXPECT_EQ(X509_get_key_usage(leaf.get()), static_cast<std::uint32_t>(KU_DIGITAL_SIGNATURE));
    EXPECT_EQ(X509_get_extended_key_usage(leaf.get()), static_cast<std::uint32_t>(XKU_SSL_SERVER));
    int days = 0;
    int seconds = 0;
    ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(leaf.get()),
                   X509_get0_notAfter(leaf.get()));
    EXPECT_EQ(days, 397);
    EXPECT_EQ(seconds, 0);
}

TEST(LocalAuthority, IsTheSameAfterReading) {
    const LocalAuthority made = LocalAuthority::create(names_of({"a.example"})).value();
    const LocalAuthority read = LocalAuthority::parse(made.pair()).value();
    const CertificatePair server = read.issue(names_of({"a.example"})).value();
    EXPECT_EQ(verdict(server.certificate, made.pair().certificate, "a.example"), X509_V_OK);
    EXPECT_FALSE(read.may_sign_for(parse_certificate_name("b.example").value()));
    const std::string again = read.certify(names_of({"localhost"}), server.key).value();
    EXPECT_EQ(verdict(again, made.pair().certificate, "localhost"), X509_V_OK);
    EXPECT_NE(LocalAuthority::create({}).value().summary().subject, made.summary().subject);
}

TEST(LocalAuthority, RefusesWhatIsNone) {
    const LocalAuthority authority = LocalAuthority::create({}).value();
    const auto refusal = [](const CertificatePair& pair) {
        const auto read = LocalAuthority::parse(pair);
        EXPECT_FALSE(read);
        return read ? "" : read.error().log_detail;
    };
    EXPECT_EQ(refusal({}), "no PEM certificate");
    CertificatePair pair = authority.pair();
    pair.key = LocalAuthority::create({}).value().pair().key;
    EXPECT_THAT(refusal(pair), HasSubstr("not that of the authority"));
    pair.key.clear();
    EXPECT_THAT(refusal(pair), HasSubstr("no PEM key"));
    EXPECT_THAT(refusal(authority.issue(names_of({"localhost"})).value()),
                HasSubstr("not one of an authority"));
}

}  // namespace
}  // namespace berth::app
