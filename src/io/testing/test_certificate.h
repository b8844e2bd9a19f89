// SPDX-License-Identifier: Apache-2.0
//
// For tests: a fresh key and a self-signed certificate for localhost, as PEM files.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace berth::io {

inline void write_test_certificate(const std::filesystem::path& certificate_file,
                                   const std::filesystem::path& key_file) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"),
                                                                  EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
    X509_set_pubkey(certificate.get(), key.get());
    X509_NAME* name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    X509_sign(certificate.get(), key.get(), EVP_sha256());

    using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;
    const File certificate_out(std::fopen(certificate_file.c_str(), "w"), std::fclose);
    const File key_out(std::fopen(key_file.c_str(), "w"), std::fclose);
    if (!certificate_out || !key_out ||
        PEM_write_X509(certificate_out.get(), certificate.get()) != 1 ||
        PEM_write_PrivateKey(key_out.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
            1) {
        throw std::runtime_error("cannot write the test certificate");
    }
}

}  // namespace berth::io
