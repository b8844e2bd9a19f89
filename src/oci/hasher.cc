// SPDX-License-Identifier: Apache-2.0
#include "oci/hasher.h"

#include "base/assert.h"
#include "base/releaser.h"

#include <openssl/evp.h>

#include <array>

namespace berth::oci {
namespace {

// The legacy getters are enough: EVP_DigestInit_ex resolves them to the fetched implementation and
// the cost is nothing beside the bytes hashed.
const EVP_MD* method_of(Algorithm algorithm) {
    return algorithm == Algorithm::sha256 ? EVP_sha256() : EVP_sha512();
}

}  // namespace

struct Hasher::State {
    std::unique_ptr<EVP_MD_CTX, Releaser<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
};

// OpenSSL's digests of memory fail only without memory or without their provider; neither leaves
// anything to continue with.
Hasher::Hasher(Algorithm algorithm) : algorithm_(algorithm), state_(std::make_unique<State>()) {
    BERTH_CHECK(state_->context != nullptr);
    BERTH_CHECK(EVP_DigestInit_ex(state_->context.get(), method_of(algorithm), nullptr) == 1);
}

Hasher::~Hasher() = default;
Hasher::Hasher(Hasher&&) noexcept = default;
Hasher& Hasher::operator=(Hasher&&) noexcept = default;

void Hasher::update(ByteView bytes) {
    BERTH_CHECK(EVP_DigestUpdate(state_->context.get(), bytes.data(), bytes.size()) == 1);
}

Hasher Hasher::copy() const {
    Hasher twin(algorithm_);
    BERTH_CHECK(EVP_MD_CTX_copy_ex(twin.state_->context.get(), state_->context.get()) == 1);
    return twin;
}

Digest Hasher::finish() {
    std::array<std::byte, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    BERTH_CHECK(EVP_DigestFinal_ex(state_->context.get(),
                                   reinterpret_cast<unsigned char*>(hash.data()), &size) == 1);
    return Digest::of(algorithm_, ByteView(hash).first(size));
}

Digest digest_of(Algorithm algorithm, ByteView bytes) {
    Hasher hasher(algorithm);
    hasher.update(bytes);
    return hasher.finish();
}

}  // namespace berth::oci
