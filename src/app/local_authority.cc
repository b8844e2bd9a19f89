// SPDX-License-Identifier: Apache-2.0
#include "app/local_authority.h"

#include "base/bytes.h"
#include "base/encode.h"
#include "base/random.h"
#include "base/releaser.h"
#include "base/try.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>

namespace berth::app {

namespace {

constexpr long kDaySeconds = 24L * 60 * 60;
constexpr long kAuthorityDays = 3650;
constexpr long kServerDays = 397;
/// Clocks of clients may be behind.
constexpr long kEarlySeconds = 60L * 60;

/// Addresses that are nobody's on the Internet.
constexpr std::array kPrivateNetworks = {
    "127.0.0.0/255.0.0.0",
    "10.0.0.0/255.0.0.0",
    "172.16.0.0/255.240.0.0",
    "192.168.0.0/255.255.0.0",
    "::1/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fc00::/fe00::",
};

using Bio = std::unique_ptr<BIO, Releaser<BIO_free>>;
using Certificate = std::unique_ptr<X509, Releaser<X509_free>>;
using Key = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Releaser<X509_EXTENSION_free>>;
using Constraints = std::unique_ptr<NAME_CONSTRAINTS, Releaser<NAME_CONSTRAINTS_free>>;

std::unexpected<Error> openssl_failure(const std::string& what) {
    std::array<char, 256> text{};
    ERR_error_string_n(ERR_get_error(), text.data(), text.size());
    ERR_clear_error();
    return fail(Errc::internal, what + ": " + text.data());
}

std::string text_of(BIO* out) {
    const char* text = nullptr;
    const long length = BIO_get_mem_data(out, &text);
    return {text, static_cast<std::size_t>(length)};
}

Result<std::string> pem_of(X509* certificate) {
    const Bio out(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_X509(out.get(), certificate) != 1) {
        return openssl_failure("certificate to PEM");
    }
    return text_of(out.get());
}

Result<std::string> pem_of(EVP_PKEY* key) {
    const Bio out(BIO_new(BIO_s_mem()));
    if (PEM_write_bio_PKCS8PrivateKey(out.get(), key, nullptr, nullptr, 0, nullptr, nullptr) != 1) {
        return openssl_failure("key to PEM");
    }
    return text_of(out.get());
}

int no_passphrase(char* /*out*/, int /*size*/, int /*writing*/, void* /*context*/) {
    return -1;
}

Result<Certificate> read_certificate(const std::string& pem) {
    const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Certificate certificate(PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr));
    if (!certificate) {
        ERR_clear_error();
        return fail(Errc::bad_request, "no PEM certificate");
    }
    return certificate;
}

Result<Key> read_key(const std::string& pem) {
    const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    Key key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
    if (!key) {
        ERR_clear_error();
        return fail(Errc::bad_request, "no PEM key without a passphrase");
    }
    return key;
}

Result<Key> make_key() {
    Key key(EVP_EC_gen("P-256"));
    if (!key) {
        return openssl_failure("new key");
    }
    return key;
}

/// 127 random bits, positive.
Result<void> set_serial(X509* certificate) {
    std::array<std::byte, 16> bytes{};
    fill_random(bytes);
    bytes[0] = (bytes[0] & std::byte{0x7f}) | std::byte{0x40};
    const std::unique_ptr<BIGNUM, Releaser<BN_free>> number(
        BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()),
                  static_cast<int>(bytes.size()), nullptr));
    if (!number ||
        BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr) {
        return openssl_failure("serial number");
    }
    return {};
}

Result<void> set_name(X509_NAME* name, const char* field, const std::string& value) {
    const auto* text = reinterpret_cast<const unsigned char*>(value.c_str());
    if (X509_NAME_add_entry_by_txt(name, field, MBSTRING_ASC, text, -1, -1, 0) != 1) {
        return openssl_failure("subject");
    }
    return {};
}

struct ExtensionText {
    int kind;
    std::string value;  // as in openssl.cnf
};

Result<void> add_extensions(X509* certificate, X509* issuer,
                            const std::vector<ExtensionText>& texts) {
    X509V3_CTX context{};
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    for (const ExtensionText& text : texts) {
        const Extension extension(
            X509V3_EXT_conf_nid(nullptr, &context, text.kind, text.value.c_str()));
        if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) {
            return openssl_failure("extension " + text.value);
        }
    }
    return {};
}

/// Without issuer, names and extensions.
Result<Certificate> draft(EVP_PKEY* key, long days, const std::string& common_name) {
    Certificate certificate(X509_new());
    if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1 ||
        X509_set_pubkey(certificate.get(), key) != 1 ||
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kEarlySeconds) == nullptr ||
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()),
                        days * kDaySeconds - kEarlySeconds) == nullptr) {
        return openssl_failure("new certificate");
    }
    BERTH_TRY_VOID(set_serial(certificate.get()));
    X509_NAME* subject = X509_get_subject_name(certificate.get());
    BERTH_TRY_VOID(set_name(subject, "O", "Berth"));
    BERTH_TRY_VOID(set_name(subject, "CN", common_name));
    return certificate;
}

std::string alternative_names(const CertificateNames& names) {
    std::string text;
    for (const CertificateName& name : names) {
        text +=
            (text.empty() ? "" : ",") + std::string(name.is_address ? "IP:" : "DNS:") + name.text;
    }
    return text;
}

/// A constraint names a host and means what is below it, too. A kind of name that no constraint
/// mentions is free: there is always one for hosts.
std::string constraints(const CertificateNames& names) {
    std::string text = "critical,permitted;DNS:localhost";
    for (const CertificateName& name : names) {
        if (name.text == "localhost") {
            continue;
        }
        if (name.is_address) {
            const bool is_v6 = name.text.find(':') != std::string::npos;
            text += ",permitted;IP:" + name.text +
                    (is_v6 ? "/ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff" : "/255.255.255.255");
        } else {
            text +=
                ",permitted;DNS:" + (name.text.starts_with("*.") ? name.text.substr(2) : name.text);
        }
    }
    for (const char* network : kPrivateNetworks) {
        text += std::string(",permitted;IP:") + network;
    }
    return text;
}

Result<void> sign(X509* certificate, EVP_PKEY* key) {
    if (X509_sign(certificate, key, EVP_sha256()) == 0) {
        return openssl_failure("signature");
    }
    return {};
}

/// In every authority's name: two with the same name confuse clients that trust both.
std::string distinction() {
    std::array<std::byte, 4> bytes{};
    fill_random(bytes);
    return hex_encode(bytes);
}

}  // namespace

struct LocalAuthority::State {
    CertificatePair pair;
    io::CertificateSummary summary;
    Certificate certificate;
    Key key;
    Constraints limits;  // nullptr: none
};

LocalAuthority::LocalAuthority(std::unique_ptr<State> state) : state_(std::move(state)) {}

LocalAuthority::~LocalAuthority() = default;
LocalAuthority::LocalAuthority(LocalAuthority&&) noexcept = default;
LocalAuthority& LocalAuthority::operator=(LocalAuthority&&) noexcept = default;

Result<LocalAuthority> LocalAuthority::create(const CertificateNames& names) {
    BERTH_TRY(const Key key, make_key());
    BERTH_TRY(const Certificate certificate,
              draft(key.get(), kAuthorityDays, "Berth local authority " + distinction()));
    X509* self = certificate.get();
    X509_set_issuer_name(self, X509_get_subject_name(self));
    BERTH_TRY_VOID(add_extensions(self, self,
                                  {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
                                   {NID_key_usage, "critical,keyCertSign,cRLSign"},
                                   {NID_subject_key_identifier, "hash"},
                                   {NID_name_constraints, constraints(names)}}));
    BERTH_TRY_VOID(sign(self, key.get()));
    CertificatePair pair;
    BERTH_TRY(pair.certificate, pem_of(self));
    BERTH_TRY(pair.key, pem_of(key.get()));
    return parse(pair);
}

Result<LocalAuthority> LocalAuthority::parse(const CertificatePair& pair) {
    auto state = std::make_unique<State>();
    state->pair = pair;
    BERTH_TRY(state->certificate, read_certificate(pair.certificate));
    BERTH_TRY(state->key, read_key(pair.key));
    X509* certificate = state->certificate.get();
    if (X509_check_ca(certificate) != 1) {
        return fail(Errc::bad_request, "the certificate is not one of an authority");
    }
    if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0) {
        return fail(Errc::bad_request, "the authority's certificate has ended");
    }
    if (X509_check_private_key(certificate, state->key.get()) != 1) {
        ERR_clear_error();
        return fail(Errc::bad_request, "the key is not that of the authority's certificate");
    }
    state->limits.reset(static_cast<NAME_CONSTRAINTS*>(
        X509_get_ext_d2i(certificate, NID_name_constraints, nullptr, nullptr)));
    state->summary = io::summarize(*certificate);
    return LocalAuthority(std::move(state));
}

const CertificatePair& LocalAuthority::pair() const {
    return state_->pair;
}

const io::CertificateSummary& LocalAuthority::summary() const {
    return state_->summary;
}

bool LocalAuthority::may_sign_for(const CertificateName& name) const {
    if (!state_->limits) {
        return true;
    }
    // OpenSSL looks at a whole certificate: one that has nothing but the name.
    const Certificate probe(X509_new());
    const Result<void> named =
        add_extensions(probe.get(), nullptr, {{NID_subject_alt_name, alternative_names({name})}});
    // Makes OpenSSL read the extension; that the rest is missing does not matter.
    (void)X509_check_purpose(probe.get(), -1, 0);
    ERR_clear_error();
    return named && NAME_CONSTRAINTS_check(probe.get(), state_->limits.get()) == X509_V_OK;
}

Result<CertificatePair> LocalAuthority::issue(const CertificateNames& names) const {
    CertificatePair pair;
    BERTH_TRY(const Key key, make_key());
    BERTH_TRY(pair.key, pem_of(key.get()));
    BERTH_TRY(pair.certificate, certify(names, pair.key));
    return pair;
}

Result<std::string> LocalAuthority::certify(const CertificateNames& names,
                                            const std::string& key_pem) const {
    for (const CertificateName& name : names) {
        if (!may_sign_for(name)) {
            return fail(Errc::bad_request,
                        state_->summary.subject + " may not sign for '" + name.text + "'");
        }
    }
    BERTH_TRY(const Key key, read_key(key_pem));
    // A space in it: clients must not take the common name for a host name.
    BERTH_TRY(const Certificate certificate, draft(key.get(), kServerDays, "Berth server"));
    X509* leaf = certificate.get();
    X509* issuer = state_->certificate.get();
    if (ASN1_TIME_compare(X509_get0_notAfter(leaf), X509_get0_notAfter(issuer)) > 0) {
        X509_set1_notAfter(leaf, X509_get0_notAfter(issuer));
    }
    X509_set_issuer_name(leaf, X509_get_subject_name(issuer));
    BERTH_TRY_VOID(add_extensions(leaf, issuer,
                                  {{NID_basic_constraints, "critical,CA:FALSE"},
                                   {NID_key_usage, "critical,digitalSignature"},
                                   {NID_ext_key_usage, "serverAuth"},
                                   {NID_subject_alt_name, alternative_names(names)},
                                   {NID_subject_key_identifier, "hash"},
                                   {NID_authority_key_identifier, "keyid:always"}}));
    BERTH_TRY_VOID(sign(leaf, state_->key.get()));
    return pem_of(leaf);
}

}  // namespace berth::app
