// SPDX-License-Identifier: Apache-2.0
#include "app/password_source.h"

#include "auth/password.h"
#include "base/random.h"
#include "base/try.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace berth::app {
namespace {

// 24 characters of 57: 140 bits.
constexpr std::size_t kRandomLength = 24;
// More than a password: whoever pipes a file here by mistake is told so.
constexpr std::size_t kInputBytesMax = 4096;

Result<std::string> read_all(int input) {
    std::string text;
    std::array<char, 1024> piece{};
    while (text.size() <= kInputBytesMax) {
        const ssize_t got = ::read(input, piece.data(), piece.size());
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return fail(Errc::io_error,
                        std::string("cannot read standard input: ") + std::strerror(errno));
        }
        if (got == 0) {
            break;
        }
        text.append(piece.data(), static_cast<std::size_t>(got));
    }
    return text;
}

Result<NewPassword> hashed(const std::string& password, std::optional<Timestamp> expires_at,
                           Timestamp now) {
    NewPassword made;
    BERTH_TRY(made.row.hash, auth::hash_password(password));
    made.row.created_at = now;
    made.row.expires_at = expires_at;
    return made;
}

}  // namespace

Parameter password_stdin_flag() {
    return toggle(kPasswordStdinFlag, "Read the password from standard input");
}

Result<std::string> parse_password(std::string text) {
    if (text.ends_with('\n')) {
        text.pop_back();
        if (text.ends_with('\r')) {
            text.pop_back();
        }
    }
    if (text.size() < kPasswordBytesMin) {
        return fail(Errc::bad_request,
                    "a password has at least " + std::to_string(kPasswordBytesMin) + " characters");
    }
    if (text.size() > kPasswordBytesMax) {
        return fail(Errc::bad_request,
                    "a password has at most " + std::to_string(kPasswordBytesMax) + " bytes");
    }
    const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 32 || c == 127; };
    if (std::ranges::any_of(text, is_control)) {
        return fail(Errc::bad_request, "a password is one line without control characters");
    }
    return text;
}

Result<NewPassword> random_password(int slot, std::optional<Timestamp> expires_at, Timestamp now) {
    std::string password = make_password(kRandomLength);
    BERTH_TRY(NewPassword made, hashed(password, expires_at, now));
    made.fresh.emplace_back(slot, std::move(password));
    return made;
}

Result<NewPassword> new_password(const Arguments& arguments, int slot,
                                 std::optional<Timestamp> expires_at, Timestamp now, int input) {
    if (!arguments.has(kPasswordStdinFlag)) {
        return random_password(slot, expires_at, now);
    }
    BERTH_TRY(std::string text, read_all(input));
    BERTH_TRY(const std::string password, parse_password(std::move(text)));
    return hashed(password, expires_at, now);
}

}  // namespace berth::app
