// SPDX-License-Identifier: Apache-2.0
//
// What a handler gets: the exchange, what the route matched, who is asking, and the use cases.
// Built by the pipeline for one request.
#pragma once

#include "auth/authenticator.h"
#include "auth/oidc/federation.h"
#include "auth/policy.h"
#include "auth/token_issuer.h"
#include "base/limits.h"
#include "http/exchange.h"
#include "http/uri.h"
#include "oci/access.h"
#include "oci/names.h"
#include "registry/blob_service.h"
#include "registry/deleted_service.h"
#include "registry/listing_service.h"
#include "registry/manifest_service.h"
#include "registry/metadata_service.h"
#include "registry/upload_service.h"

#include <string>
#include <string_view>

namespace berth::api {

/// Where tokens come from; what the token endpoints need beside the policy.
struct SignIn {
    auth::Authenticator& authenticator;
    auth::TokenIssuer& tokens;
    auth::Federation* federation = nullptr;  // without it no other issuer is trusted
};

/// The use cases, owned by app/server.
struct Services {
    registry::BlobService& blobs;
    registry::UploadService& uploads;
    registry::ManifestService& manifests;
    registry::ListingService& listings;
    registry::MetadataService& metadata;
    registry::DeletedService& deleted;
};

/// What the placeholders of a route's pattern stand for; texts have the shape their route demands.
struct RouteParameters {
    std::string name;       // {name}: a valid repository name, empty when the route has none
    std::string reference;  // {reference}, {digest} or {uuid}
};

struct Context {
    Context(http::Exchange& ex, const Services& use_cases, const SignIn& access,
            const auth::Policy& rules, const Limits& maxima, http::BodyMemory& body_memory)
        : exchange(ex),
          services(use_cases),
          sign_in(access),
          policy(rules),
          limits(maxima),
          body_share(body_memory) {}

    http::Exchange& exchange;
    const Services& services;
    const SignIn& sign_in;
    const auth::Policy& policy;
    const Limits& limits;
    http::BodyMemory::Share body_share;  // for a body that is read whole
    RouteParameters parameters;
    http::Query query;
    oci::Principal principal;

    /// For the logs.
    void note_principal() {
        exchange.principal = principal.name;
        exchange.principal_kind = oci::name_of(principal.kind);
        exchange.sign_in = oci::name_of(principal.sign_in);
    }

    /// Requires a route with {name}.
    oci::Repository repository() const { return *oci::Repository::parse(parameters.name); }

    const http::RequestHead& request() const { return exchange.request; }
};

}  // namespace berth::api
