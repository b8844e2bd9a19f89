// SPDX-License-Identifier: Apache-2.0
#include "http/h1_head.h"

#include "base/try.h"
#include "http/h1_grammar.h"
#include "http/h1_rules.h"

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/rfc7230.hpp>

#include <algorithm>
#include <cstring>
#include <limits>
#include <optional>

namespace berth::http {

namespace beast_http = boost::beast::http;

namespace {

/// `0 CR LF CR LF`: whatever a chunked body still has to bring ends with these bytes, so waiting
/// for as many costs nothing. Beast asserts that it is given them at once.
constexpr std::size_t kShortestRest = 5;
/// Room for the headers of an ordinary request without growing.
constexpr std::size_t kUsualHeaders = 16;

/// RFC 9112 9.3; nullopt when the options are no list. Proxy-Connection, which no standard knows,
/// may close but not keep.
std::optional<bool> wants_connection_kept(const RequestHead& head, unsigned version) {
    bool close = false;
    bool keep_alive = false;
    for (const HeaderView& header : head.headers) {
        const bool is_ours = equal_ignoring_case(header.name, "Connection");
        if (!is_ours && !equal_ignoring_case(header.name, "Proxy-Connection")) {
            continue;
        }
        const beast_http::opt_token_list options({header.value.data(), header.value.size()});
        if (!beast_http::validate_list(options)) {
            return std::nullopt;
        }
        for (const boost::beast::string_view option : options) {
            const std::string_view name(option.data(), option.size());
            close = close || equal_ignoring_case(name, "close");
            keep_alive = keep_alive || (is_ours && equal_ignoring_case(name, "keep-alive"));
        }
    }
    return !close && (keep_alive || version >= kHttp11);
}

}  // namespace

/// Beast's grammar of chunks. It only gets there past a head, whose fields are known already.
struct H1Request::ChunkDecoder final : beast_http::basic_parser<true> {
    using Code = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(beast_http::verb, Text, Text, int, Code&) override {}

    void on_response_impl(int, Text, int, Code&) override {}

    void on_field_impl(beast_http::field, Text, Text, Code&) override {}

    void on_header_impl(Code&) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}

    std::size_t on_body_impl(Text, Code&) override { return 0; }

    void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, Text content, Code& error) override {
        const std::size_t taken = std::min(content.size(), output.size());
        std::memcpy(output.data(), content.data(), taken);
        output = output.subspan(taken);
        error = taken < content.size() ? Code(beast_http::error::need_buffer) : Code();
        return taken;
    }

    void on_finish_impl(Code&) override {}

    MutableBytes output;  // what decode_chunked() has still to fill
};

H1Request::H1Request(std::string_view text) : text_(text) {}

H1Request::~H1Request() = default;
H1Request::H1Request(H1Request&&) noexcept = default;
H1Request& H1Request::operator=(H1Request&&) noexcept = default;

std::expected<H1Request, ProtocolError> H1Request::parse(std::string_view head,
                                                         std::size_t fields_max) {
    if (const auto problem = check_raw_head(head)) {
        return std::unexpected(*problem);
    }
    H1Request request(head);
    RequestHead& parsed = request.head_;
    parsed.headers.reserve(kUsualHeaders);
    const auto version = scan_head(head, parsed, fields_max);
    if (!version) {
        return std::unexpected(version.error());
    }
    const std::optional<bool> kept = wants_connection_kept(parsed, *version);
    if (!kept) {
        return std::unexpected(ProtocolError{400, "malformed connection options"});
    }
    parsed.keep_alive = *kept;
    if (const auto problem = check_fields(parsed, *version)) {
        return std::unexpected(*problem);
    }
    return request;
}

Result<void> H1Request::make_decoder() {
    auto decoder = std::make_unique<ChunkDecoder>();
    // The connection has its own, configurable limits.
    decoder->header_limit(std::numeric_limits<std::uint32_t>::max());
    decoder->body_limit(boost::none);
    boost::beast::error_code error;
    decoder->put(boost::asio::const_buffer(text_.data(), text_.size()), error);
    if ((error && error != beast_http::error::need_more) || !decoder->is_header_done()) {
        return fail(Errc::bad_request, "head of a chunked body: " + error.message());
    }
    decoder_ = std::move(decoder);
    return {};
}

Result<H1Request::Decoded> H1Request::decode_chunked(ByteView input, MutableBytes output) {
    if (input.size() < kShortestRest) {
        return Decoded();
    }
    if (!decoder_) {
        BERTH_TRY_VOID(make_decoder());
    }
    decoder_->output = output;
    boost::beast::error_code error;
    Decoded decoded;
    decoded.consumed = decoder_->put(boost::asio::const_buffer(input.data(), input.size()), error);
    if (error && error != beast_http::error::need_buffer && error != beast_http::error::need_more) {
        return fail(Errc::bad_request, "chunked body: " + error.message());
    }
    decoded.produced = output.size() - decoder_->output.size();
    decoded.done = decoder_->is_done();
    return decoded;
}

}  // namespace berth::http
