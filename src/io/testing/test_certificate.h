// SPDX-License-Identifier: Apache-2.0
//
// For tests: a fresh key and a self-signed certificate, as PEM texts or files.
#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>

namespace berth::io {

struct TestCertificate {
    explicit TestCertificate(const std::string& name = "localhost") {
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> pair(EVP_EC_gen("P-256"),
                                                                       EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
        X509_set_version(made.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 0x4711);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), 0);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
        X509_set_pubkey(made.get(), pair.get());
        X509_NAME* subject = X509_get_subject_name(made.get());
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
        X509_set_issuer_name(made.get(), subject);
        X509_sign(made.get(), pair.get(), EVP_sha256());

        const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
        if (PEM_write_bio_X509(out.get(), made.get()) != 1) {
            throw std::runtime_error("cannot write the test certificate");
        }
        certificate = taken(out.get());
        if (PEM_write_bio_PrivateKey(out.get(), pair.get(), nullptr, nullptr, 0, nullptr,
                                     nullptr) != 1) {
            throw std::runtime_error("cannot write the test key");
        }
        key = taken(out.get());
    }

    void write(const std::filesystem::path& certificate_file,
               const std::filesystem::path& key_file) const {
        std::ofstream(certificate_file) << certificate;
        std::ofstream(key_file) << key;
    }

    std::string certificate;
    std::string key;

  private:
    static std::string taken(BIO* out) {
        char* text = nullptr;
        const long length = BIO_get_mem_data(out, &text);
        std::string copy(text, static_cast<std::size_t>(length));
        (void)BIO_reset(out);
        return copy;
    }
};

}  // namespace berth::io
