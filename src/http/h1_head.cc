// SPDX-License-Identifier: Apache-2.0
#include "http/h1_head.h"

#include "http/h1_rules.h"

#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <limits>

namespace berth::http {

namespace beast_http = boost::beast::http;

struct H1Request::Parser {
    beast_http::request_parser<beast_http::buffer_body> beast;
};

namespace {

/// `0 CR LF CR LF`: whatever a chunked body still has to bring ends with these bytes, so waiting
/// for as many costs nothing. Beast asserts that it is given them at once.
constexpr std::size_t kShortestRest = 5;

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

H1Request::H1Request() : parser_(std::make_unique<Parser>()) {}

H1Request::~H1Request() = default;
H1Request::H1Request(H1Request&&) noexcept = default;
H1Request& H1Request::operator=(H1Request&&) noexcept = default;

std::expected<H1Request, ProtocolError> H1Request::parse(std::string_view head) {
    if (const auto problem = check_raw_head(head)) {
        return std::unexpected(*problem);
    }
    H1Request request;
    auto& beast = request.parser_->beast;
    // The connection has its own, configurable limits.
    beast.header_limit(std::numeric_limits<std::uint32_t>::max());
    beast.body_limit(boost::none);
    boost::beast::error_code error;
    beast.put(boost::asio::const_buffer(head.data(), head.size()), error);
    if ((error && error != beast_http::error::need_more) || !beast.is_header_done()) {
        return std::unexpected(ProtocolError{400, "malformed request head"});
    }
    const auto& message = beast.get();
    RequestHead& parsed = request.head_;
    parsed.method = method_of(message.method());
    parsed.method_text = view(message.method_string());
    parsed.target = view(message.target());
    parsed.keep_alive = message.keep_alive();
    for (const auto& field : message) {
        parsed.headers.push_back(HeaderView{view(field.name_string()), view(field.value())});
    }
    if (const auto problem = check_fields(parsed, message.version())) {
        return std::unexpected(*problem);
    }
    return request;
}

Result<H1Request::Decoded> H1Request::decode_chunked(ByteView input, MutableBytes output) {
    if (input.size() < kShortestRest) {
        return Decoded();
    }
    auto& beast = parser_->beast;
    auto& body = beast.get().body();
    body.data = output.data();
    body.size = output.size();
    body.more = true;
    boost::beast::error_code error;
    Decoded decoded;
    decoded.consumed = beast.put(boost::asio::const_buffer(input.data(), input.size()), error);
    if (error && error != beast_http::error::need_buffer && error != beast_http::error::need_more) {
        return fail(Errc::bad_request, "chunked body: " + error.message());
    }
    decoded.produced = output.size() - body.size;
    decoded.done = beast.is_done();
    return decoded;
}

}  // namespace berth::http
