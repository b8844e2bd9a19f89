// SPDX-License-Identifier: Apache-2.0
//
// The whole table of URLs: method, pattern, operation, the scope a caller needs, handler. Single
// source for routing, the challenge's scope, the access log's operation. Matching is on the decoded
// path; shapes are part of the match, so a malformed path is a route miss, before authentication
// (acr-wire 1.2-1.6).
#pragma once

#include "api/context.h"
#include "http/message.h"
#include "oci/access.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace berth::api {

using Handler = io::Task<Result<http::Response>> (*)(Context&);

/// What the caller must be allowed to do (acr-wire 4.3).
enum class Needs : std::uint8_t {
    any_account,  // GET /v2/: signed in, or anonymous access is on
    catalog,
    pull,
    push,        // pull,push
    push_mount,  // as push; with ?from= the challenge asks for pull on the source too
    remove,      // delete
    metadata_read,
    metadata_write,
    deleted_catalog,
    deleted_read,
    deleted_restore,  // deleted_read,deleted_restore
    nothing,  // no credentials are looked at before the handler: the token endpoints, public keys
};

struct Route {
    http::Method method;
    std::string_view pattern;
    std::string_view operation;
    Needs needs;
    Handler handler;
};

std::span<const Route> routes();

struct RouteMatch {
    enum class Kind : std::uint8_t {
        found,
        wrong_method,  // the path is right, `allowed` says which methods are
        miss,          // a path below a known prefix that no route has
        outside,       // a path below no prefix (acr-wire 1.7)
    };
    Kind kind = Kind::miss;
    const Route* route = nullptr;
    RouteParameters parameters;
    std::string allowed;
};

/// Whether authorised answers carry the two request ids (acr-wire 2.3).
bool carries_request_ids(const Route& route);

/// Whether a request for the route says nothing without a body: each PATCH, and PUT of a manifest.
bool needs_body(const Route& route);

/// HEAD finds the GET route where there is no route of its own.
RouteMatch match_route(http::Method method, std::string_view path);

/// What the caller must be allowed; without actions for any_account and nothing.
oci::Scope scope_of(const Route& route, const RouteParameters& parameters);

/// Of a mount: the right to read its source.
std::optional<oci::Scope> mount_source_scope(const Route& route, const http::Query& query);

/// Both, as a challenge for this route names them, in wire order.
std::vector<oci::Scope> scopes_of(const Route& route, const RouteParameters& parameters,
                                  const http::Query& query);

}  // namespace berth::api
