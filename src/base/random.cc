// SPDX-License-Identifier: Apache-2.0
#include "base/random.h"

#include "base/assert.h"
#include "base/encode.h"

#include <array>
#include <cerrno>
#include <string_view>
#include <sys/random.h>

namespace berth {
namespace {

// Letters and digits without 0 O 1 I l, which are confused when a password is typed off a screen.
constexpr std::string_view kAlphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
static_assert(kAlphabet.size() == 57);

// Bytes from here on would favour the first letters of the alphabet.
constexpr std::size_t kUnbiasedEnd = 256 / kAlphabet.size() * kAlphabet.size();

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
    std::array<std::byte, 16> bytes{};
    fill_random(bytes);
    // RFC 9562 5.4: version 4, variant 10.
    bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};
    bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};
    std::string text = hex_encode(bytes);
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
        text.insert(dash, 1, '-');
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
