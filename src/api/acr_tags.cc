// SPDX-License-Identifier: Apache-2.0
//
// GET /acr/v1/{name}/_tags; GET, PATCH, DELETE /acr/v1/{name}/_tags/{tag} (acr-wire 8).
#include "api/acr_json.h"
#include "api/acr_request.h"
#include "api/attributes_body.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "base/try.h"

namespace berth::api {

namespace {

/// Requires a route with {tag}.
oci::Tag tag_of(const Context& context) {
    return *oci::Tag::parse(context.parameters.reference);
}

/// The tags a filter that is no digest leaves: none, of a repository that must be there.
io::Task<Result<registry::Page<registry::TagRow>>> no_tags(Context& context) {
    BERTH_CO_TRY_VOID(co_await context.services.metadata.repository(context.repository()));
    co_return registry::Page<registry::TagRow>();
}

}  // namespace

HandlerResult list_acr_tags(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const registry::PageRequest request, page_of_query(context, ZeroPage::refused));
    const std::string_view filter = context.query.get("digest").value_or("");
    const std::optional<oci::Digest> digest = oci::Digest::parse(filter);
    Result<registry::Page<registry::TagRow>> page = fail(Errc::internal);
    if (!filter.empty() && !digest) {
        page = co_await no_tags(context);
    } else {
        page = co_await context.services.metadata.tags(context.repository(), order_of(context),
                                                       digest, request);
    }
    if (!page) {
        co_return fail(std::move(page).error());
    }
    const std::string& name = context.parameters.name;
    http::Response response = json_response(200, tags_json(host, name, page->items));
    if (page->more && !page->items.empty()) {
        add_next_link(response, context, "/acr/v1/" + name + "/_tags", filter,
                      page->items.back().name, request.limit);
    }
    co_return response;
}

HandlerResult get_acr_tag(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const registry::TagRow row,
                 co_await context.services.metadata.tag(context.repository(), tag_of(context)));
    co_return json_response(200, tag_json(host, context.parameters.name, row));
}

HandlerResult patch_acr_tag(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const std::string body, co_await read_attributes(context));
    BERTH_CO_TRY(const registry::AttributesChange change, parse_tag_change(body));
    BERTH_CO_TRY(const registry::TagRow row, co_await context.services.metadata.change_tag(
                                                 context.repository(), tag_of(context), change));
    co_return json_response(200, tag_json(host, context.parameters.name, row));
}

HandlerResult delete_acr_tag(Context& context) {
    BERTH_CO_TRY(const oci::Digest digest,
                 co_await context.services.metadata.remove_tag(
                     context.repository(), tag_of(context), context.principal.name));
    http::Response response(202);
    response.headers.emplace_back("X-Ms-Int-Docker-Content-Digest", digest.text());
    co_return response;
}

}  // namespace berth::api
