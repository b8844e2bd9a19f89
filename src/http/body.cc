// SPDX-License-Identifier: Apache-2.0
#include "http/body.h"

#include "base/limits.h"

#include <algorithm>

namespace berth::http {

io::Task<Result<std::string>> read_all(BodyReader& body, std::uint64_t bytes_max,
                                       BodyMemory::Share& share) {
    const std::optional<std::uint64_t> length = body.length();
    if (length && *length > bytes_max) {
        co_return fail(Errc::payload_too_large);
    }
    std::string text;
    // What is announced may never come.
    text.reserve(
        static_cast<std::size_t>(std::min<std::uint64_t>(length.value_or(0), kReadBufferBytes)));
    while (true) {
        Result<ByteView> piece = co_await body.read();
        if (!piece) {
            co_return fail(std::move(piece).error());
        }
        if (piece->empty()) {
            co_return text;
        }
        if (text.size() + piece->size() > bytes_max) {
            co_return fail(Errc::payload_too_large);
        }
        if (!share.take(piece->size())) {
            co_return fail(Error(Errc::unavailable, "limits.body_memory_bytes_max is in use")
                               .with_message("too many bodies at once"));
        }
        text += as_text(*piece);
    }
}

}  // namespace berth::http
