// SPDX-License-Identifier: Apache-2.0
//
// GET /v2/{name}/referrers/{digest} (acr-wire 13; OCI distribution-spec "Listing Referrers").
#include "api/handlers.h"
#include "api/paging.h"
#include "base/encode.h"
#include "base/try.h"
#include "oci/media_type.h"

namespace berth::api {

namespace {

std::string descriptor_json(const registry::ReferrerRow& row) {
    std::string text = "{\"mediaType\":" + json_quote(row.media_type) +
                       ",\"digest\":" + json_quote(row.digest.text()) +
                       ",\"size\":" + std::to_string(row.size);
    if (!row.annotations_json.empty()) {
        text += ",\"annotations\":" + row.annotations_json;
    }
    if (!row.artifact_type.empty()) {
        text += ",\"artifactType\":" + json_quote(row.artifact_type);
    }
    return text + "}";
}

std::string index_json(const std::vector<registry::ReferrerRow>& rows) {
    std::string text =
        "{\"schemaVersion\":2,\"mediaType\":" + json_quote(oci::kOciIndex) + ",\"manifests\":[";
    for (const registry::ReferrerRow& row : rows) {
        text += text.ends_with('[') ? "" : ",";
        text += descriptor_json(row);
    }
    return text + "]}\n";
}

}  // namespace

HandlerResult list_referrers(Context& context) {
    const auto subject = oci::Digest::parse(context.parameters.reference);
    if (!subject) {
        co_return fail(Error(Errc::digest_invalid).with_wire_detail("\"digest parsing failed\""));
    }
    BERTH_CO_TRY(const registry::PageRequest request, page_of_query(context, ZeroPage::refused));
    const std::string artifact_type(context.query.get("artifactType").value_or(""));
    BERTH_CO_TRY(const registry::Page<registry::ReferrerRow> page,
                 co_await context.services.listings.referrers(context.repository(), *subject,
                                                              artifact_type, request));
    http::Response response(200);
    response.content_type = oci::kOciIndex;
    response.body = index_json(page.items);
    std::vector<std::pair<std::string_view, std::string>> parameters;
    if (!artifact_type.empty()) {
        response.headers.emplace_back("OCI-Filters-Applied", "artifactType");
        parameters.emplace_back("artifactType", artifact_type);
    }
    if (page.more && !page.items.empty()) {
        parameters.emplace_back("last", page.items.back().digest.text());
        parameters.emplace_back("n", std::to_string(request.limit));
        response.headers.emplace_back(
            "Link", next_link("/v2/" + context.parameters.name + "/referrers/" + subject->text(),
                              parameters));
    }
    co_return response;
}

}  // namespace berth::api
