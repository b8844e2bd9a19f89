// SPDX-License-Identifier: Apache-2.0
//
// Upload sessions: POST /v2/{name}/blobs/uploads/ and GET, PATCH, PUT, DELETE on the link it
// answers (acr-wire 12; OCI distribution-spec "Pushing blobs", "Mounting a blob", "Cancelling").
#include "api/handlers.h"
#include "api/upload_link.h"
#include "base/encode.h"
#include "base/try.h"
#include "http/range.h"

namespace berth::api {

namespace {

using HoldPtr = std::unique_ptr<registry::UploadHold>;

Result<oci::Digest> parse_digest(std::string_view text) {
    auto digest = oci::Digest::parse(text);
    if (!digest) {
        return fail(Error(Errc::digest_invalid).with_wire_detail("\"digest parsing failed\""));
    }
    return *digest;
}

Result<oci::Algorithm> algorithm_of_query(const Context& context) {
    const auto name = context.query.get("digest-algorithm");
    if (!name) {
        return oci::Algorithm::sha256;
    }
    const auto algorithm = oci::parse_algorithm(*name);
    if (!algorithm) {
        return fail(Error(Errc::digest_invalid).with_message("unsupported digest algorithm"));
    }
    return *algorithm;
}

void add_session_headers(http::Response& response, const Context& context,
                         const registry::UploadHold& hold) {
    response.headers.emplace_back("Docker-Upload-Uuid", hold.id());
    response.headers.emplace_back(
        "Location", upload_link(context.parameters.name, hold.id(), hold.offset(), now()));
    response.headers.emplace_back("Range", upload_range(hold.offset()));
}

http::Response blob_created(const Context& context, const oci::Digest& digest) {
    http::Response response(201);
    response.headers.emplace_back("Docker-Content-Digest", digest.text());
    response.headers.emplace_back("Location",
                                  "/v2/" + context.parameters.name + "/blobs/" + digest.text());
    return response;
}

/// Pulls the body into the session piece by piece; memory is one piece whatever the blob's size.
io::Task<Result<void>> append_body(http::BodyReader& body, registry::UploadHold& hold) {
    while (true) {
        BERTH_CO_TRY(const ByteView piece, co_await body.read());
        if (piece.empty()) {
            co_return Result<void>();
        }
        BERTH_CO_TRY_VOID(co_await hold.append(piece));
    }
}

Error range_error(std::string_view sent, std::string_view reason) {
    return Error(Errc::upload_range_invalid)
        .with_wire_detail("{\"Range\":" + json_quote(sent) + ",\"Reason\":" + json_quote(reason) +
                          "}");
}

/// Content-Range is optional; when present it must continue the session exactly. Decided before the
/// body is read, so a refused chunk leaves the session as it was (acr-wire 12.3).
Result<void> check_content_range(const Context& context, const registry::UploadHold& hold) {
    const auto sent = context.request().header("Content-Range");
    if (!sent) {
        return {};
    }
    const auto range = http::parse_content_range(*sent);
    if (!range) {
        return fail(range_error(*sent, "the Content-Range header format is invalid"));
    }
    if (range->first != hold.offset()) {
        return fail(range_error(*sent, "the chunk does not start at the upload's offset"));
    }
    const auto length = context.exchange.body.length();
    if (length && *length != range->length()) {
        return fail(range_error(*sent, "the Content-Range does not fit the Content-Length"));
    }
    return {};
}

io::Task<Result<HoldPtr>> acquire(Context& context) {
    registry::UploadKey key(context.repository(), context.parameters.reference,
                            context.principal.name);
    co_return co_await context.services.uploads.acquire(key);
}

/// `?from=&mount=`, or `?mount=` alone. nullopt: nothing could be mounted, an upload starts
/// instead.
io::Task<Result<std::optional<http::Response>>> try_mount(Context& context,
                                                          std::string_view mount) {
    const auto digest = oci::Digest::parse(mount);
    const auto from_text = context.query.get("from");
    const auto from = from_text ? oci::Repository::parse(*from_text) : std::nullopt;
    if (!digest || (from_text && !from)) {
        co_return std::optional<http::Response>();
    }
    const registry::MayPull may_pull = [&context](const oci::Repository& source) {
        return context.policy.allows(context.principal,
                                     oci::Scope("repository", source.text(), {oci::Action::pull}));
    };
    BERTH_CO_TRY(const bool mounted, co_await context.services.uploads.mount(
                                         context.repository(), *digest, from, may_pull));
    if (!mounted) {
        co_return std::optional<http::Response>();
    }
    co_return std::optional<http::Response>(blob_created(context, *digest));
}

/// `?digest=` with the whole blob as body.
HandlerResult upload_at_once(Context& context, std::string_view digest_text) {
    BERTH_CO_TRY(const oci::Digest digest, parse_digest(digest_text));
    BERTH_CO_TRY(HoldPtr hold, co_await context.services.uploads.begin(
                                   context.repository(), context.principal.name, digest.algorithm(),
                                   context.exchange.body.length()));
    Result<void> outcome = co_await append_body(context.exchange.body, *hold);
    if (outcome) {
        outcome = co_await hold->commit(digest);
    }
    if (!outcome) {
        // The client has no link to this session: nobody could ever continue it.
        (void)co_await hold->cancel();
        co_return fail(std::move(outcome).error());
    }
    co_return blob_created(context, digest);
}

}  // namespace

HandlerResult start_upload(Context& context) {
    if (const auto mount = context.query.get("mount")) {
        BERTH_CO_TRY(std::optional<http::Response> mounted, co_await try_mount(context, *mount));
        if (mounted) {
            co_return *std::move(mounted);
        }
    } else if (const auto digest = context.query.get("digest")) {
        co_return co_await upload_at_once(context, *digest);
    }
    BERTH_CO_TRY(const oci::Algorithm algorithm, algorithm_of_query(context));
    BERTH_CO_TRY(const HoldPtr hold,
                 co_await context.services.uploads.begin(
                     context.repository(), context.principal.name, algorithm, std::nullopt));
    http::Response response(202);
    add_session_headers(response, context, *hold);
    co_return response;
}

HandlerResult get_upload(Context& context) {
    BERTH_CO_TRY(const HoldPtr hold, co_await acquire(context));
    // A PATCH that broke off left its bytes in memory's keeping; what is told here must be durable.
    BERTH_CO_TRY_VOID(co_await hold->settle());
    http::Response response(204);
    add_session_headers(response, context, *hold);
    co_return response;
}

HandlerResult patch_upload(Context& context) {
    BERTH_CO_TRY(const HoldPtr hold, co_await acquire(context));
    BERTH_CO_TRY_VOID(check_content_range(context, *hold));
    BERTH_CO_TRY_VOID(co_await append_body(context.exchange.body, *hold));
    BERTH_CO_TRY_VOID(co_await hold->sync());
    http::Response response(202);
    add_session_headers(response, context, *hold);
    co_return response;
}

HandlerResult put_upload(Context& context) {
    BERTH_CO_TRY(const oci::Digest digest, parse_digest(context.query.get("digest").value_or("")));
    BERTH_CO_TRY(const HoldPtr hold, co_await acquire(context));
    BERTH_CO_TRY_VOID(check_content_range(context, *hold));
    BERTH_CO_TRY_VOID(co_await append_body(context.exchange.body, *hold));
    BERTH_CO_TRY_VOID(co_await hold->commit(digest));
    co_return blob_created(context, digest);
}

HandlerResult delete_upload(Context& context) {
    BERTH_CO_TRY(const HoldPtr hold, co_await acquire(context));
    http::Response response(204);
    response.headers.emplace_back("Docker-Upload-Uuid", hold->id());
    BERTH_CO_TRY_VOID(co_await hold->cancel());
    co_return response;
}

}  // namespace berth::api
