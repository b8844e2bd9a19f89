// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include "base/assert.h"

#include <array>
#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>
#include <sys/random.h>
#include <utility>

namespace berth {
namespace {

// Letters and digits without 0 O 1 I l, which are confused when a password is typed off a screen.
constexpr std::string_view kAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static_assert(kAlphabet.size() == 57);

// Bytes from here on would favour the first letters of the alphabet.
constexpr std::size_t kUnbiasedEnd = 256 / kAlphabet.size() * kAlphabet.size();

constexpr std::string_view kHexDigits = "0123456789abcdef";
using UuidBytes = std::array<std::byte, 16>;
/// Where in the text the two digits of each byte are.
constexpr std::array<std::size_t, 16> kUuidPlaces{0,  2,  4,  6,  9,  11, 14, 16,
                                                  19, 21, 24, 26, 28, 30, 32, 34};

/// Random bytes for many ids by one system call. Each is handed out once and then wiped.
class IdBytes {
  public:
    UuidBytes take() {
        if (next_ == pool_.size()) {
            fill_random(std::as_writable_bytes(std::span(pool_)));
            next_ = 0;
        }
        return std::exchange(pool_[next_++], UuidBytes{});
    }

  private:
    std::array<UuidBytes, 32> pool_{};
    std::size_t next_ = pool_.size();
};

}  // namespace

void fill_random(MutableBytes out) {
    while (!out.empty()) {
        const ssize_t count = ::getrandom(out.data(), out.size(), 0);
        if (count < 0) {
            // Without a source of random bytes no secret of this program is one.
            BERTH_CHECK(errno == EINTR);
            continue;
        }
        out = out.subspan(static_cast<std::size_t>(count));
    }
}

std::string make_uuid() {
    thread_local IdBytes random;
    UuidBytes bytes = random.take();
    // RFC 9562 5.4: version 4, variant 10.
    bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
    std::string text(36, '-');
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        const auto value = std::to_integer<std::size_t>(bytes[i]);
        text[kUuidPlaces[i]] = kHexDigits[value >> 4];
        text[kUuidPlaces[i] + 1] = kHexDigits[value & 15];
    }
    return text;
}

std::string make_password(std::size_t length) {
    std::string password;
    password.reserve(length);
    while (password.size() < length) {
        std::array<std::byte, 64> bytes{};
        fill_random(bytes);
        for (const std::byte byte : bytes) {
            const auto value = std::to_integer<std::size_t>(byte);
            if (value < kUnbiasedEnd && password.size() < length) {
                password.push_back(kAlphabet[value % kAlphabet.size()]);
            }
        }
    }
    return password;
}

}  // namespace berth
