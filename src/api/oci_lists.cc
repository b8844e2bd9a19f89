// SPDX-License-Identifier: Apache-2.0
//
// GET /v2/_catalog and /acr/v1/_catalog (acr-wire 6), and GET /v2/{name}/tags/list (8.5).
#include "api/acr_json.h"
#include "api/acr_request.h"
#include "api/handlers.h"
#include "api/paging.h"
#include "base/encode.h"
#include "base/try.h"

namespace berth::api {

namespace {

/// `orderby` is echoed though these lists know one order only (acr-wire 6).
http::Response json_page(const Context& context, std::string text,
                         const registry::Page<std::string>& page, std::string_view path,
                         std::uint32_t limit) {
    http::Response response = json_response(200, std::move(text));
    if (page.more && !page.items.empty()) {
        add_next_link(response, context, path, "", page.items.back(), limit);
    }
    return response;
}

HandlerResult list_repositories(Context& context, std::string_view path) {
    BERTH_CO_TRY(const registry::PageRequest request, page_of_query(context, ZeroPage::refused));
    const oci::NameRanges seen = context.policy.visible(context.principal);
    BERTH_CO_TRY(const registry::Page<std::string> page,
                 co_await context.services.listings.repositories(request, seen));
    const std::string names = page.items.empty() ? "null" : json_array(page.items);
    co_return json_page(context, "{\"repositories\":" + names + "}\n", page, path, request.limit);
}

}  // namespace

HandlerResult list_catalog(Context& context) {
    return list_repositories(context, "/v2/_catalog");
}

HandlerResult list_acr_catalog(Context& context) {
    return list_repositories(context, "/acr/v1/_catalog");
}

HandlerResult list_tags(Context& context) {
    BERTH_CO_TRY(const registry::PageRequest request, page_of_query(context, ZeroPage::empty));
    const std::string& name = context.parameters.name;
    Result<registry::Page<std::string>> page =
        co_await context.services.listings.tags(context.repository(), request);
    if (!page && page.error().code == Errc::name_unknown) {
        co_return fail(
            Error(Errc::name_unknown).with_wire_detail("{\"name\":" + json_quote(name) + "}"));
    }
    if (!page) {
        co_return fail(std::move(page).error());
    }
    std::string text =
        "{\"name\":" + json_quote(name) + ",\"tags\":" + json_array(page->items) + "}\n";
    co_return json_page(context, std::move(text), *page, "/v2/" + name + "/tags/list",
                        request.limit);
}

}  // namespace berth::api
