// SPDX-License-Identifier: Apache-2.0
#include "auth/token_claims.h"

#include "base/encode.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>

namespace berth::auth {
namespace {

namespace json = boost::json;

constexpr std::string_view kIssuer = "Azure Container Registry";
constexpr std::string_view kRefreshGrant = "refresh_token";
constexpr std::string_view kAccessGrant = "access_token";
// Far beyond any real time, and adding to it cannot overflow.
constexpr Seconds kTimeMax = 1'000'000'000'000;

// A JSON string without the ASCII characters whose low six bits are 62 or 63: only as the last of
// three bytes they become `-` and `_`, but where a byte falls is not ours to choose.
std::string quote(std::string_view text) {
    std::string quoted;
    for (const char c : json_quote(text)) {
        switch (c) {
            case '>':
                quoted += "\\u003e";
                break;
            case '?':
                quoted += "\\u003f";
                break;
            case '~':
                quoted += "\\u007e";
                break;
            case '\x7F':
                quoted += "\\u007f";
                break;
            default:
                quoted += c;
        }
    }
    return quoted;
}

std::string access_text(const std::vector<oci::Scope>& access) {
    std::string text = "[";
    for (const oci::Scope& scope : access) {
        text += text.size() > 1 ? "," : "";
        text +=
            "{\"Type\":" + quote(scope.type) + ",\"Name\":" + quote(scope.name) + ",\"Actions\":[";
        for (const oci::Action action : scope.actions) {
            text += text.ends_with('[') ? "" : ",";
            text += quote(oci::name_of(action));
        }
        text += "]}";
    }
    return text + "]";
}

// acr-wire 4.8.
std::string permissions_text(oci::ActionSet actions) {
    std::string text = "[";
    const auto add = [&](oci::Action action, std::string_view word) {
        if (actions.has(action)) {
            text += text.size() > 1 ? "," : "";
            text += quote(word);
        }
    };
    add(oci::Action::pull, "read");
    add(oci::Action::push, "write");
    add(oci::Action::remove, "delete");
    return text + "]";
}

std::string trust_text(const oci::Trust& trust) {
    std::string text = "{\"issuer\":" + quote(trust.issuer) +
                       ",\"subject\":" + quote(trust.subject) +
                       ",\"epoch\":" + std::to_string(trust.issuer_epoch) + ",\"rules\":[";
    for (const oci::Trust::Match& match : trust.matches) {
        text += text.ends_with('[') ? "[" : ",[";
        text += quote(match.rule) + "," + std::to_string(match.epoch) + "]";
    }
    return text + "]}";
}

// The claims that ACR's tokens do not have; after theirs.
std::string own_text(const TokenClaims& claims) {
    if (claims.trust) {
        return ",\"trust\":" + trust_text(*claims.trust);
    }
    return claims.subject == kNilGuid ? "" : ",\"epoch\":" + std::to_string(claims.epoch);
}

// acr-wire 4.8: "2.0" where the token is about metadata.
std::string_view version_of(const TokenClaims& claims) {
    const bool metadata = std::ranges::any_of(claims.access, [](const oci::Scope& scope) {
        return std::ranges::any_of(scope.actions, [](oci::Action action) {
            return action == oci::Action::metadata_read || action == oci::Action::metadata_write;
        });
    });
    return metadata ? "2.0" : "1.0";
}

std::string_view grant_type_of(TokenClaims::Kind kind) {
    return kind == TokenClaims::Kind::refresh ? kRefreshGrant : kAccessGrant;
}

std::string_view text_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    const json::string* text = value == nullptr ? nullptr : value->if_string();
    return text == nullptr ? std::string_view() : std::string_view(*text);
}

std::optional<Seconds> time_member(const json::object& object, std::string_view name) {
    const json::value* value = object.if_contains(name);
    const std::int64_t* number = value == nullptr ? nullptr : value->if_int64();
    return number == nullptr || *number < 0 || *number > kTimeMax ? std::nullopt
                                                                  : std::optional<Seconds>(*number);
}

std::optional<oci::Scope> read_scope(const json::value& value) {
    const json::object* object = value.if_object();
    const json::value* actions = object == nullptr ? nullptr : object->if_contains("Actions");
    if (actions == nullptr || !actions->is_array()) {
        return std::nullopt;
    }
    oci::Scope scope;
    scope.type = text_member(*object, "Type");
    scope.name = text_member(*object, "Name");
    for (const json::value& word : actions->get_array()) {
        const json::string* text = word.if_string();
        const auto action = text == nullptr ? std::nullopt : oci::parse_action(*text);
        if (!action) {
            return std::nullopt;
        }
        scope.actions.push_back(*action);
    }
    return scope;
}

bool read_access(const json::object& object, std::vector<oci::Scope>& access) {
    const json::value* list = object.if_contains("access");
    if (list == nullptr || !list->is_array()) {
        return false;
    }
    for (const json::value& item : list->get_array()) {
        std::optional<oci::Scope> scope = read_scope(item);
        if (!scope) {
            return false;
        }
        access.push_back(*std::move(scope));
    }
    return true;
}

bool read_match(const json::value& value, oci::Trust& trust) {
    const json::array* pair = value.if_array();
    if (pair == nullptr || pair->size() != 2 || !pair->front().is_string() ||
        !pair->back().is_int64()) {
        return false;
    }
    oci::Trust::Match match;
    match.rule = pair->front().get_string();
    match.epoch = pair->back().get_int64();
    trust.matches.push_back(std::move(match));
    return true;
}

std::optional<std::int64_t> epoch_member(const json::object& object) {
    const json::value* value = object.if_contains("epoch");
    const std::int64_t* number = value == nullptr ? nullptr : value->if_int64();
    return number == nullptr ? std::nullopt : std::optional(*number);
}

// False for a claim that is there and not what trust_text() writes.
bool read_trust(const json::object& object, std::optional<oci::Trust>& trust) {
    const json::value* value = object.if_contains("trust");
    if (value == nullptr) {
        return true;
    }
    const json::object* claim = value->if_object();
    const json::value* rules = claim == nullptr ? nullptr : claim->if_contains("rules");
    const auto epoch = claim == nullptr ? std::nullopt : epoch_member(*claim);
    if (rules == nullptr || !rules->is_array() || !epoch) {
        return false;
    }
    trust.emplace();
    trust->issuer = text_member(*claim, "issuer");
    trust->subject = text_member(*claim, "subject");
    trust->issuer_epoch = *epoch;
    return std::ranges::all_of(rules->get_array(), [&trust](const json::value& match) {
        return read_match(match, *trust);
    });
}

std::optional<TokenClaims> read_claims(const json::object& object) {
    TokenClaims claims;
    claims.id = text_member(object, "jti");
    claims.subject = text_member(object, "sub");
    claims.audience = text_member(object, "aud");
    claims.registry_id = text_member(object, "rid");
    const std::string_view grant_type = text_member(object, "grant_type");
    const auto issued = time_member(object, "iat");
    const auto expires = time_member(object, "exp");
    if (text_member(object, "iss") != kIssuer || claims.subject.empty() || !issued || !expires ||
        time_member(object, "nbf") != issued ||
        (grant_type != kRefreshGrant && grant_type != kAccessGrant)) {
        return std::nullopt;
    }
    claims.kind =
        grant_type == kRefreshGrant ? TokenClaims::Kind::refresh : TokenClaims::Kind::access;
    if (claims.kind == TokenClaims::Kind::access && !read_access(object, claims.access)) {
        return std::nullopt;
    }
    if (!read_trust(object, claims.trust)) {
        return std::nullopt;
    }
    claims.epoch = epoch_member(object).value_or(0);
    claims.issued = *issued + kBackdated;
    claims.expires = *expires;
    return claims;
}

}  // namespace

std::string claims_text(const TokenClaims& claims) {
    const std::string issued = std::to_string(claims.issued - kBackdated);
    std::string text =
        "{\"jti\":" + quote(claims.id) + ",\"sub\":" + quote(claims.subject) +
        ",\"nbf\":" + issued + ",\"exp\":" + std::to_string(claims.expires) + ",\"iat\":" + issued +
        ",\"iss\":" + quote(kIssuer) + ",\"aud\":" + quote(claims.audience) +
        ",\"version\":" + quote(version_of(claims)) + ",\"rid\":" + quote(claims.registry_id);
    const std::string grant = "\"grant_type\":" + quote(grant_type_of(claims.kind));
    if (claims.kind == TokenClaims::Kind::refresh) {
        text += "," + grant +
                ",\"permissions\":{\"Actions\":" + permissions_text(claims.permissions) +
                R"(,"NotActions":null},"roles":[])";
    } else {
        text += ",\"access\":" + access_text(claims.access) + ",\"roles\":[]," + grant;
    }
    return text + own_text(claims) + "}";
}

std::optional<TokenClaims> parse_claims(std::string_view json_text) {
    boost::system::error_code error;
    const json::value value = json::parse(json_text, error);
    if (error || !value.is_object()) {
        return std::nullopt;
    }
    return read_claims(value.get_object());
}

}  // namespace berth::auth
