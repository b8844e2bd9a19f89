// SPDX-License-Identifier: Apache-2.0
//
// GET /acr/v1/{name}/_manifests; GET, PATCH /acr/v1/{name}/_manifests/{digest} (acr-wire 9).
#include "api/acr_json.h"
#include "api/acr_request.h"
#include "api/attributes_body.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "base/encode.h"
#include "base/try.h"

namespace berth::api {

namespace {

/// What only has a digest's shape names nothing (acr-wire 1.4).
Result<oci::Digest> digest_of(const Context& context) {
    auto digest = oci::Digest::parse(context.parameters.reference);
    if (!digest) {
        return fail(Errc::manifest_unknown);
    }
    return *digest;
}

/// Manifests are listed by digest, so the last one of a page was one.
Result<registry::PageRequest> page_of_manifests(const Context& context) {
    BERTH_TRY(registry::PageRequest request, page_of_query(context, ZeroPage::refused));
    if (!request.last.empty() && !oci::Digest::parse(request.last)) {
        return fail(Error(Errc::pagination_invalid)
                        .with_message("last is not a digest")
                        .with_wire_detail("{\"last\":" + json_quote(request.last) + "}"));
    }
    return request;
}

}  // namespace

HandlerResult list_acr_manifests(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const registry::PageRequest request, page_of_manifests(context));
    BERTH_CO_TRY(const registry::Page<registry::ManifestRow> page,
                 co_await context.services.metadata.manifests(context.repository(),
                                                              order_of(context), request));
    const std::string& name = context.parameters.name;
    http::Response response = json_response(200, manifests_json(host, name, page.items));
    if (page.more && !page.items.empty()) {
        add_next_link(response, context, "/acr/v1/" + name + "/_manifests", "",
                      page.items.back().digest.text(), request.limit);
    }
    co_return response;
}

HandlerResult get_acr_manifest(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const oci::Digest digest, digest_of(context));
    BERTH_CO_TRY(const registry::ManifestDetails details,
                 co_await context.services.metadata.manifest(context.repository(), digest));
    co_return json_response(200, manifest_json(host, context.parameters.name, details));
}

HandlerResult patch_acr_manifest(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const oci::Digest digest, digest_of(context));
    BERTH_CO_TRY(const std::string body, co_await read_attributes(context));
    BERTH_CO_TRY(const registry::ManifestChange change, parse_manifest_change(body));
    BERTH_CO_TRY(
        const registry::ManifestDetails details,
        co_await context.services.metadata.change_manifest(context.repository(), digest, change));
    co_return json_response(200, manifest_json(host, context.parameters.name, details));
}

}  // namespace berth::api
