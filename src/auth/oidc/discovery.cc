// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/discovery.h"

#include "auth/oidc/json_members.h"
#include "base/try.h"

#include <boost/json/value.hpp>

namespace berth::auth {
namespace {

std::string text_member(const boost::json::object& object, std::string_view name) {
    const boost::json::value* value = object.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string())
                                                  : std::string();
}

io::Task<Result<WebKeys>> fetch_keys(DocumentSource& documents, const KeyLocation& location) {
    BERTH_CO_TRY(const std::string discovery,
                 co_await documents.fetch(location.discovery + "/.well-known/openid-configuration",
                                          location.rules));
    BERTH_CO_TRY(std::string keys_url,
                 parse_discovery(discovery, location.issuer, location.rules.allow_private));
    BERTH_CO_TRY(const std::string keys,
                 co_await documents.fetch(std::move(keys_url), location.rules));
    co_return parse_web_keys(keys);
}

}  // namespace

Result<std::string> parse_discovery(std::string_view json, std::string_view issuer,
                                    bool allow_http) {
    BERTH_TRY(const boost::json::object object, parse_json_object(json));
    if (text_member(object, "issuer") != issuer) {
        return fail(Errc::bad_request,
                    "the discovery document is of '" + text_member(object, "issuer") + "'");
    }
    std::string keys_url = text_member(object, "jwks_uri");
    if (!keys_url.starts_with("https://") && !(allow_http && keys_url.starts_with("http://"))) {
        return fail(Errc::bad_request, "jwks_uri '" + keys_url + "' is not https");
    }
    return keys_url;
}

io::Task<Result<WebKeys>> discover_keys(DocumentSource& documents, KeyLocation location) {
    Result<WebKeys> keys = co_await fetch_keys(documents, location);
    if (!keys) {
        co_return fail(Errc::unavailable,
                       "keys of " + location.issuer + ": " + keys.error().log_detail);
    }
    co_return keys;
}

}  // namespace berth::auth
