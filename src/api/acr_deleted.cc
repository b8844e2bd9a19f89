// SPDX-License-Identifier: Apache-2.0
//
// GET /acr/v1/_deleted/_catalog, /acr/v1/_deleted/{name}/_manifests, /_tags, and POST
// /acr/v1/_deleted/{name}/_manifests/{digest}, which restores (docs/soft_delete.md). The Azure
// command line is what is known of these calls: paths, keys, `n` and `last`, deletedAt.
#include "api/acr_json.h"
#include "api/acr_request.h"
#include "api/attributes_body.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "base/encode.h"
#include "base/try.h"
#include "http/message.h"

namespace berth::api {

namespace {

/// As Python writes it, too: `force=True`.
Result<bool> force_of(const Context& context) {
    const std::string_view text = context.query.get("force").value_or("");
    if (text.empty() || http::equal_ignoring_case(text, "false")) {
        return false;
    }
    if (http::equal_ignoring_case(text, "true")) {
        return true;
    }
    return fail(Error(Errc::bad_request).with_message("force is neither true nor false"));
}

/// What only has a digest's shape names nothing (acr-wire 1.4).
Result<oci::Digest> digest_of(const Context& context) {
    auto digest = oci::Digest::parse(context.parameters.reference);
    if (!digest) {
        return fail(Errc::manifest_unknown);
    }
    return *digest;
}

std::unexpected<Error> refuse_last(const registry::PageRequest& request) {
    return fail(Error(Errc::pagination_invalid)
                    .with_wire_detail("{\"last\":" + json_quote(request.last) + "}"));
}

}  // namespace

HandlerResult list_deleted_catalog(Context& context) {
    BERTH_CO_TRY(const registry::PageRequest request, page_of_query(context, ZeroPage::refused));
    const oci::NameRanges seen = context.policy.visible(context.principal);
    BERTH_CO_TRY(const registry::Page<std::string> page,
                 co_await context.services.deleted.repositories(request, seen));
    http::Response response =
        json_response(200, "{\"repositories\":" + json_array(page.items) + "}\n");
    if (page.more && !page.items.empty()) {
        add_next_link(response, context, "/acr/v1/_deleted/_catalog", "", page.items.back(),
                      request.limit);
    }
    co_return response;
}

HandlerResult list_deleted_manifests(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const registry::PageRequest request, page_of_query(context, ZeroPage::refused));
    if (!request.last.empty() && !oci::Digest::parse(request.last)) {
        co_return refuse_last(request);
    }
    BERTH_CO_TRY(const registry::Page<registry::DeletedManifestRow> page,
                 co_await context.services.deleted.manifests(context.repository(), request));
    const std::string& name = context.parameters.name;
    http::Response response = json_response(200, deleted_manifests_json(host, name, page.items));
    if (page.more && !page.items.empty()) {
        add_next_link(response, context, "/acr/v1/_deleted/" + name + "/_manifests", "",
                      page.items.back().digest.text(), request.limit);
    }
    co_return response;
}

// A tag may have been deleted more than once, so its name cannot say where a page ends.
HandlerResult list_deleted_tags(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const registry::PageRequest request, page_of_query(context, ZeroPage::refused));
    auto page = co_await context.services.deleted.tags(context.repository(), request);
    if (!page && page.error().code == Errc::pagination_invalid) {
        co_return refuse_last(request);
    }
    if (!page) {
        co_return fail(std::move(page).error());
    }
    const std::string& name = context.parameters.name;
    http::Response response = json_response(200, deleted_tags_json(host, name, page->items));
    if (page->more && !page->items.empty()) {
        add_next_link(response, context, "/acr/v1/_deleted/" + name + "/_tags", "",
                      std::to_string(page->items.back().id), request.limit);
    }
    co_return response;
}

HandlerResult restore_deleted_manifest(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const oci::Digest digest, digest_of(context));
    BERTH_CO_TRY(const bool force, force_of(context));
    BERTH_CO_TRY(const std::string body, co_await read_attributes(context));
    registry::RestoreRequest request(context.repository(), digest);
    BERTH_CO_TRY(request.tag, parse_restored_tag(body));
    request.force = force;
    BERTH_CO_TRY(
        const registry::Restored restored,
        co_await context.services.deleted.restore(std::move(request), context.principal.name));
    co_return json_response(200, restored_json(host, context.parameters.name, restored));
}

}  // namespace berth::api
