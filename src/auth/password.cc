// SPDX-License-Identifier: Apache-2.0
#include "auth/password.h"

#include <crypt.h>
#include <openssl/crypto.h>

#include <array>
#include <memory>

namespace berth::auth {
namespace {

// crypt(3) with a scratch area of its own (32 KiB). Fails when
// the setting is malformed or the password longer than the library takes.
Result<std::string> crypt_with(const std::string& password, const std::string& setting) {
    if (password.find('\0') != std::string::npos) {
        // A C string ends there: what follows would not be checked.
        return fail(Errc::bad_request, "password contains NUL");
    }
    const auto scratch = std::make_unique<crypt_data>();
    const char* hash =
        ::crypt_rn(password.c_str(), setting.c_str(), scratch.get(), sizeof(crypt_data));
    if (hash == nullptr) {
        return fail(Errc::internal, "crypt_rn refused the password or the setting");
    }
    std::string text(hash);
    OPENSSL_cleanse(scratch.get(), sizeof(crypt_data));
    return text;
}

}  // namespace

Result<std::string> make_salt() {
    std::array<char, CRYPT_GENSALT_OUTPUT_SIZE> setting{};
    // Count 0 is the library's default cost; without random bytes it asks the kernel.
    const char* made =
        ::crypt_gensalt_rn("$y$", 0, nullptr, 0, setting.data(), static_cast<int>(setting.size()));
    if (made == nullptr) {
        return fail(Errc::internal, "crypt_gensalt_rn failed");
    }
    return std::string(made);
}

Result<std::string> hash_password(const std::string& password) {
    const Result<std::string> salt = make_salt();
    if (!salt) {
        return salt;
    }
    return crypt_with(password, *salt);
}

bool verify_password(const std::string& password, const std::string& hash) {
    const Result<std::string> made = crypt_with(password, hash);
    return made && equal_constant_time(*made, hash);
}

bool equal_constant_time(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace berth::auth
