// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/foreign_token.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <utility>

namespace berth::auth {
namespace {

namespace json = boost::json;

constexpr std::size_t kJsonDepth = 8;
// Far beyond any real time, and adding to it cannot overflow.
constexpr Seconds kTimeMax = 1'000'000'000'000;

std::optional<json::value> parse_object(std::string_view text) {
    json::parse_options options;
    options.max_depth = kJsonDepth;
    boost::system::error_code error;
    json::value value = json::parse(text, error, {}, options);
    return error || !value.is_object() ? std::nullopt : std::optional(std::move(value));
}

std::string text_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string() : std::string(*text);
}

/// The text of a scalar that has one.
std::optional<std::string> scalar_text(const json::value& value) {
    if (value.is_string()) {
        return std::string(value.get_string());
    }
    if (value.is_bool()) {
        return value.get_bool() ? "true" : "false";
    }
    if (value.is_int64()) {
        return std::to_string(value.get_int64());
    }
    if (value.is_uint64()) {
        return std::to_string(value.get_uint64());
    }
    return std::nullopt;
}

/// Claims -> texts, with an end to both their number and their doubt.
class Flattener {
  public:
    bool add_all(const std::string& prefix, const json::object& object) {
        return std::ranges::all_of(object, [this, &prefix](const json::key_value_pair& member) {
            return add(prefix + std::string(member.key()), member.value());
        });
    }

    ClaimTexts take() { return std::move(texts_); }

  private:
    bool add(const std::string& name, const json::value& value) {
        if (const json::object* nested = value.if_object()) {
            return add_all(name + ".", *nested);
        }
        const auto [entry, is_new] = texts_.try_emplace(name);
        // `{"a.b": 1, "a": {"b": 2}}`: which one a rule means nobody can say.
        if (!is_new) {
            return false;
        }
        if (const json::array* list = value.if_array()) {
            return std::ranges::all_of(*list, [this, &texts = entry->second](const auto& item) {
                return append(texts, item);
            });
        }
        return append(entry->second, value);
    }

    bool append(std::vector<std::string>& texts, const json::value& value) {
        if (std::optional<std::string> text = scalar_text(value)) {
            texts.push_back(*std::move(text));
        }
        return ++count_ <= kClaimTextsMax;
    }

    ClaimTexts texts_;
    std::size_t count_ = 0;
};

/// RFC 7519 2, NumericDate: a number, maybe with a fraction. False for anything else.
bool read_time(const json::object& object, std::string_view name, std::optional<Seconds>& time) {
    const json::value* value = object.if_contains(name);
    if (value == nullptr) {
        return true;
    }
    if (!value->is_number()) {
        return false;
    }
    const double seconds = value->to_number<double>();
    if (!(seconds >= 0 && seconds <= static_cast<double>(kTimeMax))) {
        return false;
    }
    time = static_cast<Seconds>(std::floor(seconds));
    return true;
}

/// A text or an array of texts.
bool read_audiences(const json::object& object, std::vector<std::string>& audiences) {
    const json::value* value = object.if_contains("aud");
    if (value == nullptr) {
        return true;
    }
    if (value->is_string()) {
        audiences.emplace_back(value->get_string());
        return true;
    }
    return value->is_array() &&
           std::ranges::all_of(value->get_array(), [&audiences](const json::value& item) {
               if (item.is_string()) {
                   audiences.emplace_back(item.get_string());
               }
               return item.is_string();
           });
}

std::optional<ForeignClaims> read_claims(std::string_view payload) {
    const std::optional<json::value> value = parse_object(payload);
    if (!value) {
        return std::nullopt;
    }
    const json::object& object = value->get_object();
    ForeignClaims claims;
    claims.issuer = text_member(object, "iss");
    claims.subject = text_member(object, "sub");
    claims.tenant = text_member(object, "tid");
    claims.object_id = text_member(object, "oid");
    claims.app_id = text_member(object, "appid");
    if (claims.app_id.empty()) {
        claims.app_id = text_member(object, "azp");
    }
    Flattener flattener;
    if (!read_audiences(object, claims.audiences) || !read_time(object, "exp", claims.expires) ||
        !read_time(object, "nbf", claims.not_before) || !read_time(object, "iat", claims.issued) ||
        !flattener.add_all("", object)) {
        return std::nullopt;
    }
    claims.texts = flattener.take();
    return claims;
}

bool read_header(std::string_view text, ForeignToken& token) {
    const std::optional<json::value> value = parse_object(text);
    if (!value) {
        return false;
    }
    const json::object& header = value->get_object();
    constexpr std::array<std::string_view, 4> kRefused = {"crit", "jwk", "jku", "x5u"};
    if (std::ranges::any_of(kRefused, [&header](auto name) { return header.contains(name); })) {
        return false;
    }
    const std::string algorithm = text_member(header, "alg");
    token.algorithm = algorithm == "ES256" ? SignatureAlgorithm::es256 : SignatureAlgorithm::rs256;
    token.kid = text_member(header, "kid");
    return (algorithm == "RS256" || algorithm == "ES256") && !token.kid.empty() &&
           token.kid.size() <= kKidBytesMax;
}

std::optional<Jwt> split_foreign(std::string_view token) {
    return token.size() > kForeignTokenBytesMax ? std::nullopt : split_jwt(token);
}

}  // namespace

std::optional<ForeignToken> parse_foreign_token(std::string_view text) {
    std::optional<Jwt> jwt = split_foreign(text);
    ForeignToken token;
    if (!jwt || !read_header(jwt->header, token)) {
        return std::nullopt;
    }
    std::optional<ForeignClaims> claims = read_claims(jwt->payload);
    if (!claims) {
        return std::nullopt;
    }
    token.claims = *std::move(claims);
    token.jwt = *std::move(jwt);
    return token;
}

std::optional<ForeignClaims> parse_unsigned_claims(std::string_view token) {
    const std::optional<Jwt> jwt = split_foreign(token);
    return jwt ? read_claims(jwt->payload) : std::nullopt;
}

TokenTime check_time(const ForeignClaims& claims, Seconds now, Seconds skew) {
    if (!claims.expires || *claims.expires + skew <= now) {
        return TokenTime::expired;
    }
    const Seconds begins = std::max(claims.not_before.value_or(0), claims.issued.value_or(0));
    return begins - skew > now ? TokenTime::not_yet : TokenTime::good;
}

}  // namespace berth::auth
