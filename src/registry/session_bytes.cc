// SPDX-License-Identifier: Apache-2.0
#include "registry/session_bytes.h"

#include "base/try.h"
#include "oci/hasher.h"

namespace berth::registry {

io::Task<Result<void>> SessionBytes::append(ByteView bytes, std::size_t memory_max,
                                            blob::BlobStore& store, const std::string& id) {
    if (upload_ == nullptr && few_.size() + bytes.size() <= memory_max) {
        few_.append(as_text(bytes));
        co_return Result<void>();
    }
    if (upload_ == nullptr) {
        BERTH_CO_TRY_VOID(co_await move_to(store, id, std::nullopt));
    }
    co_return co_await upload_->append(bytes);
}

io::Task<Result<void>> SessionBytes::move_to(blob::BlobStore& store, const std::string& id,
                                             std::optional<std::uint64_t> size_hint) {
    BERTH_CO_TRY(auto upload, co_await store.begin(id, algorithm_, size_hint));
    Result<void> moved = co_await upload->append(as_bytes(few_));
    if (!moved) {
        static_cast<void>(co_await upload->discard());
        co_return moved;
    }
    upload_ = std::move(upload);
    few_ = std::string();
    co_return Result<void>();
}

io::Task<Result<void>> SessionBytes::verify(const oci::Digest& expected) const {
    if (upload_ != nullptr) {
        co_return co_await upload_->verify(expected);
    }
    const oci::Digest actual = oci::digest_of(expected.algorithm(), in_memory());
    if (actual != expected) {
        co_return fail(Errc::digest_invalid, "content is " + actual.text());
    }
    co_return Result<void>();
}

}  // namespace berth::registry
