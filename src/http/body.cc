// SPDX-License-Identifier: Apache-2.0
#include "http/body.h"

namespace berth::http {

io::Task<Result<std::string>> read_all(BodyReader& body, std::uint64_t bytes_max) {
    const std::optional<std::uint64_t> length = body.length();
    if (length && *length > bytes_max) {
        co_return fail(Errc::payload_too_large);
    }
    std::string text;
    text.reserve(static_cast<std::size_t>(length.value_or(0)));
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
        text += as_text(*piece);
    }
}

}  // namespace berth::http
