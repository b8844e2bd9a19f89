// SPDX-License-Identifier: Apache-2.0
#include "auth/htpasswd.h"

#include "auth/identities.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>

namespace berth::auth {
namespace {

constexpr std::uint64_t kBcryptCostMax = 14;
constexpr std::uint64_t kRoundsMax = 1'000'000;
// Places in the alphabet of crypt(3): 2^(13+1) blocks of 32 * 128 bytes are 64 MiB.
constexpr std::size_t kYescryptSizeMax = 13;
constexpr std::string_view kAlphabet =
    "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr const char* kMalformed = "the hash is malformed";

bool is_crypt_text(std::string_view text) {
    return text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

std::optional<std::uint64_t> number(std::string_view digits) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc() || end != digits.data() + digits.size()) {
        return std::nullopt;
    }
    return value;
}

// `NN$` and 53 characters: 22 of salt, 31 of hash.
std::string bcrypt_problem(std::string_view rest) {
    if (rest.size() != 56 || rest[2] != '$' || !is_crypt_text(rest.substr(3))) {
        return kMalformed;
    }
    const std::optional<std::uint64_t> cost = number(rest.substr(0, 2));
    if (!cost || *cost < 4) {
        return kMalformed;
    }
    return *cost > kBcryptCostMax ? "bcrypt of a cost above 14 would slow every sign-in down" : "";
}

// `rounds=N$` or nothing, up to 16 characters of salt, `$`, the hash.
std::string sha_problem(std::string_view rest, std::size_t hash_size) {
    constexpr std::string_view kRounds = "rounds=";
    if (rest.starts_with(kRounds)) {
        const std::size_t end = rest.find('$');
        const std::optional<std::uint64_t> rounds =
            end == std::string_view::npos
                ? std::nullopt
                : number(rest.substr(kRounds.size(), end - kRounds.size()));
        if (!rounds || *rounds < 1000) {
            return kMalformed;
        }
        if (*rounds > kRoundsMax) {
            return "more than 1000000 rounds would slow every sign-in down";
        }
        rest.remove_prefix(end + 1);
    }
    const std::size_t dollar = rest.find('$');
    if (dollar > 16) {  // npos, too
        return kMalformed;
    }
    const std::string_view hash = rest.substr(dollar + 1);
    const bool well_formed = is_crypt_text(rest.substr(0, dollar)) && is_crypt_text(hash);
    return well_formed && hash.size() == hash_size ? "" : kMalformed;
}

// Three characters of parameters as crypt_gensalt(3) makes them, `$`, salt, `$`, hash.
std::string yescrypt_problem(std::string_view rest) {
    if (rest.size() < 4 || rest[0] != 'j' || rest[3] != '$' || (rest[2] != '5' && rest[2] != 'T')) {
        return "yescrypt with other parameters than crypt_gensalt makes";
    }
    const std::size_t size = kAlphabet.find(rest[1]);
    if (size > kYescryptSizeMax) {  // npos, too
        return "yescrypt of more than 64 MiB would slow every sign-in down";
    }
    rest.remove_prefix(4);
    const std::size_t dollar = rest.find('$');
    if (dollar > 86 || rest.size() - dollar - 1 != 43) {
        return kMalformed;
    }
    return is_crypt_text(rest.substr(0, dollar)) && is_crypt_text(rest.substr(dollar + 1))
               ? ""
               : kMalformed;
}

std::string line_problem(const HtpasswdEntry& entry, const std::set<std::string>& before) {
    if (const auto checked = check_identity_name(entry.name); !checked) {
        return checked.error().log_detail;
    }
    if (before.contains(entry.name)) {
        return "the name is there twice";
    }
    return hash_problem(entry.hash);
}

}  // namespace

std::string hash_problem(std::string_view hash) {
    for (const std::string_view prefix : {"$2y$", "$2a$", "$2b$"}) {
        if (hash.starts_with(prefix)) {
            return bcrypt_problem(hash.substr(prefix.size()));
        }
    }
    if (hash.starts_with("$6$")) {
        return sha_problem(hash.substr(3), 86);
    }
    if (hash.starts_with("$5$")) {
        return sha_problem(hash.substr(3), 43);
    }
    if (hash.starts_with("$y$")) {
        return yescrypt_problem(hash.substr(3));
    }
    if (hash.starts_with("$apr1$") || hash.starts_with("$1$")) {
        return "MD5 is too weak to be kept: htpasswd -B makes bcrypt";
    }
    if (hash.starts_with("{SHA}")) {
        return "SHA-1 is too weak to be kept: htpasswd -B makes bcrypt";
    }
    return "neither bcrypt nor yescrypt, sha512crypt or sha256crypt: htpasswd -B makes bcrypt";
}

std::vector<HtpasswdEntry> parse_htpasswd(std::string_view text) {
    std::vector<HtpasswdEntry> entries;
    std::set<std::string> before;
    std::size_t line_number = 0;
    while (!text.empty()) {
        ++line_number;
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r')) {
            line.remove_suffix(1);
        }
        if (line.empty() || line.starts_with('#')) {
            continue;
        }
        HtpasswdEntry entry;
        entry.line = line_number;
        const std::size_t colon = line.find(':');
        if (colon == std::string_view::npos) {
            entry.problem = "not NAME:HASH";
        } else {
            entry.name = line.substr(0, colon);
            entry.hash = line.substr(colon + 1);
            entry.problem = line_problem(entry, before);
            before.insert(entry.name);
        }
        entries.push_back(std::move(entry));
    }
    return entries;
}

}  // namespace berth::auth
