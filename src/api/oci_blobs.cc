// SPDX-License-Identifier: Apache-2.0
//
// GET, HEAD, DELETE /v2/{name}/blobs/{digest} (acr-wire 11). ACR redirects a GET to its storage;
// Berth serves the bytes itself, which every client accepts equally.
#include "api/error_response.h"
#include "api/handlers.h"
#include "api/preconditions.h"
#include "base/random.h"
#include "base/try.h"
#include "http/range.h"
#include "oci/media_type.h"

namespace berth::api {

namespace {

/// A digest-shaped text that is no digest names nothing.
Result<oci::Digest> blob_digest(const Context& context) {
    auto digest = oci::Digest::parse(context.parameters.reference);
    if (!digest) {
        return fail(Errc::blob_unknown);
    }
    return *digest;
}

using registry::BlobContent;

std::string content_range(const http::ByteRange& range, std::uint64_t size) {
    return "bytes " + std::to_string(range.first) + "-" + std::to_string(range.last) + "/" +
           std::to_string(size);
}

/// Text and parts of a blob in the order in which they are sent.
class BodyParts {
  public:
    void add(std::string before, std::uint64_t offset, std::uint64_t length) {
        pieces_.emplace_back(std::move(before), offset, length);
    }

    void end_with(std::string after) { after_ = std::move(after); }

    void put_into(http::Response& response, BlobContent blob) {
        if (auto* const file = std::get_if<io::FileHandle>(&blob.bytes)) {
            http::FileBody body(std::move(*file));
            body.pieces = std::move(pieces_);
            body.after = std::move(after_);
            response.body = std::move(body);
            return;
        }
        std::string& bytes = std::get<std::string>(blob.bytes);
        response.body = is_whole(bytes) ? std::move(bytes) : assembled(bytes);
    }

  private:
    bool is_whole(std::string_view bytes) const {
        return pieces_.size() == 1 && pieces_.front().before.empty() &&
               pieces_.front().length == bytes.size() && after_.empty();
    }

    std::string assembled(std::string_view bytes) const {
        std::string text;
        for (const http::FileBody::Piece& piece : pieces_) {
            text.append(piece.before).append(bytes.substr(piece.offset, piece.length));
        }
        return text.append(after_);
    }

    std::vector<http::FileBody::Piece> pieces_;
    std::string after_;
};

http::Response whole(BlobContent blob) {
    http::Response response(200);
    response.content_type = oci::kOctetStream;
    BodyParts parts;
    parts.add("", 0, blob.size);
    parts.put_into(response, std::move(blob));
    return response;
}

http::Response one_range(BlobContent blob, const http::ByteRange& range) {
    http::Response response(206);
    response.content_type = oci::kOctetStream;
    response.headers.emplace_back("Content-Range", content_range(range, blob.size));
    BodyParts parts;
    parts.add("", range.first, range.length());
    parts.put_into(response, std::move(blob));
    return response;
}

/// multipart/byteranges (RFC 9110 14.6).
http::Response several_ranges(BlobContent blob, const std::vector<http::ByteRange>& ranges) {
    http::Response response(206);
    const std::string boundary = make_uuid();
    response.content_type = "multipart/byteranges; boundary=" + boundary;
    BodyParts parts;
    std::string before = "--";
    for (const http::ByteRange& range : ranges) {
        before.append(boundary).append("\r\nContent-Type: ").append(oci::kOctetStream);
        before.append("\r\nContent-Range: ").append(content_range(range, blob.size));
        parts.add(before.append("\r\n\r\n"), range.first, range.length());
        before = "\r\n--";
    }
    parts.end_with("\r\n--" + boundary + "--\r\n");
    parts.put_into(response, std::move(blob));
    return response;
}

http::Response unsatisfiable(std::uint64_t size) {
    http::Response response = error_response(Error(Errc::range_not_satisfiable));
    response.headers.emplace_back("Content-Range", "bytes */" + std::to_string(size));
    return response;
}

http::Response ranged(BlobContent blob, const http::RangeRequest& request) {
    switch (request.kind) {
        case http::RangeRequest::Kind::unsatisfiable:
            return unsatisfiable(blob.size);
        case http::RangeRequest::Kind::partial:
            return request.ranges.size() == 1 ? one_range(std::move(blob), request.ranges.front())
                                              : several_ranges(std::move(blob), request.ranges);
        case http::RangeRequest::Kind::whole:
            break;
    }
    return whole(std::move(blob));
}

}  // namespace

// acr-wire 11.1: the full length even with Range, no ETag, no Accept-Ranges.
HandlerResult head_blob(Context& context) {
    BERTH_CO_TRY(const oci::Digest digest, blob_digest(context));
    BERTH_CO_TRY(const std::uint64_t size,
                 co_await context.services.blobs.stat(context.repository(), digest));
    http::Response response(200);
    response.content_type = oci::kOctetStream;
    response.withheld_length = size;
    response.headers.emplace_back("Docker-Content-Digest", digest.text());
    co_return response;
}

HandlerResult get_blob(Context& context) {
    BERTH_CO_TRY(const oci::Digest digest, blob_digest(context));
    const std::string etag = etag_of(digest);
    BERTH_CO_TRY(BlobContent blob,
                 co_await context.services.blobs.open(context.repository(), digest));
    http::Response response(304);
    if (!none_match_says_unchanged(context.request(), etag)) {
        const auto range = range_applies(context.request(), etag)
                               ? context.request().header("Range")
                               : std::nullopt;
        const std::uint64_t size = blob.size;
        response = ranged(std::move(blob), http::parse_range(range, size));
        response.headers.emplace_back("Accept-Ranges", "bytes");
    }
    response.headers.emplace_back("Docker-Content-Digest", digest.text());
    response.headers.emplace_back("ETag", etag);
    co_return response;
}

HandlerResult delete_blob(Context& context) {
    BERTH_CO_TRY(const oci::Digest digest, blob_digest(context));
    BERTH_CO_TRY_VOID(co_await context.services.blobs.remove(context.repository(), digest));
    co_return http::Response(202);
}

}  // namespace berth::api
