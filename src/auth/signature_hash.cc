// SPDX-License-Identifier: Apache-2.0
#include "auth/signature_hash.h"

#include "base/assert.h"

#include <openssl/evp.h>

#include <cstring>
#include <memory>

namespace berth::auth {
namespace {

/// The algorithm looked up and a context made: doing so for every token costs more than hashing its
/// signature. One for each thread.
class Sha256 {
  public:
    SignatureHash of(std::string_view text) const {
        SignatureHash hash{};
        unsigned int size = 0;
        const bool done =
            EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1 &&
            EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1 &&
            EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(hash.data()),
                               &size) == 1;
        BERTH_CHECK(done && size == hash.size());
        return hash;
    }

  private:
    std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> algorithm_{
        EVP_MD_fetch(nullptr, "SHA256", nullptr), &EVP_MD_free};
    std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_{EVP_MD_CTX_new(),
                                                                     &EVP_MD_CTX_free};
};

}  // namespace

// By memrchr(): rfind() looks at a signature's bytes one by one.
std::pair<std::string_view, std::string_view> split_at_signature(std::string_view token) {
    const auto* dot = static_cast<const char*>(::memrchr(token.data(), '.', token.size()));
    if (dot == nullptr) {
        return {token, token};
    }
    const auto at = static_cast<std::size_t>(dot - token.data());
    return {token.substr(0, at), token.substr(at + 1)};
}

SignatureHash hash_of(std::string_view signature) {
    thread_local const Sha256 sha256;
    return sha256.of(signature);
}

}  // namespace berth::auth
