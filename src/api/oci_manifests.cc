// SPDX-License-Identifier: Apache-2.0
//
// GET, HEAD, PUT, DELETE /v2/{name}/manifests/{reference} (acr-wire 10; OCI distribution-spec
// "Pulling manifests", "Pushing manifests", "Deleting manifests").
#include "api/accept.h"
#include "api/handlers.h"
#include "api/preconditions.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/try.h"

#include <algorithm>

namespace berth::api {

namespace {

/// A reference that wants to be a digest and is none: for reads it simply is not there.
Result<oci::Reference> readable_reference(const std::string& text) {
    auto reference = oci::parse_reference(text);
    if (!reference) {
        return fail(
            Error(Errc::manifest_unknown).with_message("manifest " + text + " is not found"));
    }
    return *std::move(reference);
}

Result<oci::Reference> writable_reference(const std::string& text) {
    auto reference = oci::parse_reference(text);
    if (!reference) {
        return fail(Error(Errc::digest_invalid).with_wire_detail("\"digest parsing failed\""));
    }
    return *std::move(reference);
}

/// `?tag=a&tag=b` of a push by digest (OCI distribution-spec 1.2-dev "Pushing Manifests").
Result<std::vector<oci::Tag>> tags_of_query(const Context& context) {
    std::vector<oci::Tag> tags;
    for (const std::string_view text : context.query.all("tag")) {
        auto tag = oci::Tag::parse(text);
        if (!tag) {
            return fail(Error(Errc::tag_invalid).with_wire_detail(json_quote(text)));
        }
        if (std::ranges::find(tags, *tag) == tags.end()) {
            tags.push_back(*std::move(tag));
        }
    }
    if (tags.size() > context.limits.tags_per_push_max) {
        return fail(Error(Errc::too_many_tags)
                        .with_message("more than " +
                                      std::to_string(context.limits.tags_per_push_max) +
                                      " tags in one push"));
    }
    return tags;
}

io::Task<Result<std::string>> read_manifest(Context& context) {
    Result<std::string> bytes = co_await http::read_all(
        context.exchange.body, context.limits.manifest_bytes_max, context.body_share);
    if (!bytes && bytes.error().code == Errc::payload_too_large) {
        co_return fail(Error(Errc::manifest_too_large)
                           .with_wire_detail("{\"Reason\":\"the manifest is larger than " +
                                             std::to_string(context.limits.manifest_bytes_max) +
                                             " bytes\"}"));
    }
    co_return bytes;
}

/// Of an answer with a manifest, those that the pipeline adds included.
constexpr std::size_t kUsualHeaders = 5;

http::Response not_modified(const oci::Digest& digest, std::string etag) {
    http::Response response(304);
    response.headers.emplace_back("Docker-Content-Digest", digest.text());
    response.headers.emplace_back("ETag", std::move(etag));
    return response;
}

Result<http::Response> answer_with(const meta::StoredManifest& manifest,
                                   const http::RequestHead& request) {
    BERTH_TRY_VOID(check_accept(request.merged("Accept"), manifest.media_type));
    std::string etag = etag_of(manifest.digest);
    if (none_match_says_unchanged(request, etag)) {
        return not_modified(manifest.digest, std::move(etag));
    }
    http::Response response(200);
    response.content_type = manifest.media_type;
    response.headers.reserve(kUsualHeaders);
    response.headers.emplace_back("Docker-Content-Digest", etag.substr(1, etag.size() - 2));
    response.headers.emplace_back("ETag", std::move(etag));
    response.body = manifest.bytes;
    return response;
}

}  // namespace

HandlerResult get_manifest(Context& context) {
    BERTH_CO_TRY(const oci::Reference reference, readable_reference(context.parameters.reference));
    BERTH_CO_TRY(const registry::ManifestPointer manifest,
                 co_await context.services.manifests.get(context.repository(), reference));
    if (context.request().method == http::Method::get) {
        context.services.manifests.note_pull(*manifest, now());
    }
    co_return answer_with(*manifest, context.request());
}

HandlerResult put_manifest(Context& context) {
    BERTH_CO_TRY(const oci::Reference reference, writable_reference(context.parameters.reference));
    std::vector<oci::Tag> query_tags;
    if (std::holds_alternative<oci::Digest>(reference)) {
        BERTH_CO_TRY(query_tags, tags_of_query(context));
    }
    BERTH_CO_TRY(const std::string bytes, co_await read_manifest(context));
    registry::PutManifest request(
        context.repository(), std::string(context.request().header("Content-Type").value_or("")),
        as_bytes(bytes));
    request.tags = query_tags;
    if (const auto* digest = std::get_if<oci::Digest>(&reference)) {
        request.expected = *digest;
    } else {
        request.tags.push_back(std::get<oci::Tag>(reference));
    }
    BERTH_CO_TRY(const registry::PutOutcome outcome,
                 co_await context.services.manifests.put(request));
    http::Response response(201);
    const std::string digest = outcome.digest.text();
    response.headers.emplace_back("Docker-Content-Digest", digest);
    response.headers.emplace_back("Location",
                                  "/v2/" + context.parameters.name + "/manifests/" + digest);
    if (outcome.subject) {
        response.headers.emplace_back("OCI-Subject", outcome.subject->text());
    }
    for (const oci::Tag& tag : query_tags) {
        response.headers.emplace_back("OCI-Tag", tag.text());
    }
    co_return response;
}

HandlerResult delete_manifest(Context& context) {
    BERTH_CO_TRY(const oci::Reference reference, readable_reference(context.parameters.reference));
    BERTH_CO_TRY_VOID(co_await context.services.manifests.remove(context.repository(), reference,
                                                                 context.principal.name));
    co_return http::Response(202);
}

}  // namespace berth::api
