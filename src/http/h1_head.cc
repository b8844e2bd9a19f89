// SPDX-License-Identifier: Apache-2.0
#include "http/h1_head.h"

#include "http/h1_rules.h"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstring>
#include <limits>

namespace berth::http {

namespace beast_http = boost::beast::http;

namespace {

/// `0 CR LF CR LF`: whatever a chunked body still has to bring ends with these bytes, so waiting
/// for as many costs nothing. Beast asserts that it is given them at once.
constexpr std::size_t kShortestRest = 5;
/// Room for the headers of an ordinary request without growing.
constexpr std::size_t kUsualHeaders = 16;

Method method_of(beast_http::verb verb) {
    switch (verb) {
        case beast_http::verb::get:
            return Method::get;
        case beast_http::verb::head:
            return Method::head;
        case beast_http::verb::post:
            return Method::post;
        case beast_http::verb::put:
            return Method::put;
        case beast_http::verb::patch:
            return Method::patch;
        case beast_http::verb::delete_:
            return Method::remove;
        default:
            return Method::other;
    }
}

std::string_view view(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

/// Beast's grammar without its containers: what it finds is noted as views of the head it was
/// given. A folded line, which it would join elsewhere, has been refused before.
struct H1Request::Parser final : beast_http::basic_parser<true> {
    using Code = boost::beast::error_code;

    explicit Parser(RequestHead& parsed_head) : head(parsed_head) {}

    void on_request_impl(beast_http::verb method, boost::beast::string_view method_text,
                         boost::beast::string_view target, int http_version, Code&) override {
        head.method = method_of(method);
        head.method_text = view(method_text);
        head.target = view(target);
        version = static_cast<unsigned>(http_version);
    }

    void on_response_impl(int, boost::beast::string_view, int, Code&) override {}

    void on_field_impl(beast_http::field, boost::beast::string_view name,
                       boost::beast::string_view value, Code&) override {
        if (!in_trailer) {
            head.headers.push_back(HeaderView{view(name), view(value)});
        }
    }

    void on_header_impl(Code&) override { in_trailer = true; }

    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}

    std::size_t on_body_impl(boost::beast::string_view, Code&) override { return 0; }

    void on_chunk_header_impl(std::uint64_t, boost::beast::string_view, Code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, boost::beast::string_view content,
                                   Code& error) override {
        const std::size_t taken = std::min(content.size(), output.size());
        std::memcpy(output.data(), content.data(), taken);
        output = output.subspan(taken);
        error = taken < content.size() ? Code(beast_http::error::need_buffer) : Code();
        return taken;
    }

    void on_finish_impl(Code&) override {}

    RequestHead& head;
    unsigned version = 0;
    bool in_trailer = false;
    MutableBytes output;  // what decode_chunked() has still to fill
};

H1Request::H1Request() : head_(std::make_unique<RequestHead>()) {}

H1Request::~H1Request() = default;
H1Request::H1Request(H1Request&&) noexcept = default;
H1Request& H1Request::operator=(H1Request&&) noexcept = default;

std::expected<H1Request, ProtocolError> H1Request::parse(std::string_view head) {
    if (const auto problem = check_raw_head(head)) {
        return std::unexpected(*problem);
    }
    H1Request request;
    RequestHead& parsed = *request.head_;
    parsed.headers.reserve(kUsualHeaders);
    request.parser_ = std::make_unique<Parser>(parsed);
    Parser& parser = *request.parser_;
    // The connection has its own, configurable limits.
    parser.header_limit(std::numeric_limits<std::uint32_t>::max());
    parser.body_limit(boost::none);
    boost::beast::error_code error;
    parser.put(boost::asio::const_buffer(head.data(), head.size()), error);
    if ((error && error != beast_http::error::need_more) || !parser.is_header_done()) {
        return std::unexpected(ProtocolError{400, "malformed request head"});
    }
    parsed.keep_alive = parser.keep_alive();
    if (const auto problem = check_fields(parsed, parser.version)) {
        return std::unexpected(*problem);
    }
    return request;
}

Result<H1Request::Decoded> H1Request::decode_chunked(ByteView input, MutableBytes output) {
    if (input.size() < kShortestRest) {
        return Decoded();
    }
    parser_->output = output;
    boost::beast::error_code error;
    Decoded decoded;
    decoded.consumed = parser_->put(boost::asio::const_buffer(input.data(), input.size()), error);
    if (error && error != beast_http::error::need_buffer && error != beast_http::error::need_more) {
        return fail(Errc::bad_request, "chunked body: " + error.message());
    }
    decoded.produced = output.size() - parser_->output.size();
    decoded.done = parser_->is_done();
    return decoded;
}

}  // namespace berth::http
