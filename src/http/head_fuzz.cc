// SPDX-License-Identifier: Apache-2.0
//
// The input as what a client sends: a head up to its empty line, its target, and the rest as a
// chunked body. Two ways of cutting the rest must decode to the same. What our grammar takes for a
// head Beast must take for the same.
#include "base/assert.h"
#include "http/h1_head.h"
#include "http/uri.h"

#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace berth;
namespace beast_http = boost::beast::http;

struct Decoding {
    std::string content;
    std::size_t consumed = 0;
    bool failed = false;
    bool done = false;
    friend bool operator==(const Decoding&, const Decoding&) = default;
};

/// Offers `body` in steps of `step` bytes, each behind what was not consumed yet.
Decoding decode(std::string_view head, std::string_view body, std::size_t step,
                std::size_t space_size) {
    http::H1Request request = http::H1Request::parse(head).value();
    std::vector<std::byte> space(space_size);
    Decoding decoding;
    std::size_t offered = 0;
    while (!decoding.done) {
        const std::string_view input = body.substr(decoding.consumed, offered - decoding.consumed);
        const auto outcome = request.decode_chunked(as_bytes(input), space);
        if (!outcome) {
            decoding.failed = true;
            return decoding;
        }
        BERTH_CHECK(outcome->consumed <= input.size() && outcome->produced <= space.size());
        decoding.consumed += outcome->consumed;
        decoding.content += as_text(ByteView(space).first(outcome->produced));
        decoding.done = outcome->done;
        if (outcome->consumed == 0 && outcome->produced == 0 && !decoding.done) {
            if (offered == body.size()) {
                return decoding;
            }
            offered = std::min(offered + step, body.size());
        }
    }
    return decoding;
}

void check_head(const http::RequestHead& head) {
    BERTH_CHECK(!head.chunked || !head.content_length);
    BERTH_CHECK(!head.chunked ||
                http::equal_ignoring_case(head.merged("Transfer-Encoding"), "chunked"));
    BERTH_CHECK(head.chunked || !head.header("Transfer-Encoding"));
    BERTH_CHECK(head.content_length.has_value() == head.header("Content-Length").has_value());
    BERTH_CHECK(head.merged("Host") == head.header("Host").value_or(""));
    for (const http::HeaderView& header : head.headers) {
        BERTH_CHECK(!header.name.empty());
        BERTH_CHECK(header.name.find_first_of(" \t:\r\n") == std::string_view::npos);
        BERTH_CHECK(header.value.find_first_of("\r\n") == std::string_view::npos);
        BERTH_CHECK(header.value.find('\0') == std::string_view::npos);
    }
}

/// What Boost.Beast makes of a head.
class Reference final : public beast_http::basic_parser<true> {
  public:
    explicit Reference(std::string_view head) {
        header_limit(std::numeric_limits<std::uint32_t>::max());
        body_limit(boost::none);
        boost::beast::error_code error;
        put(boost::asio::const_buffer(head.data(), head.size()), error);
        BERTH_CHECK(is_header_done());
    }

    void check(const http::RequestHead& head) const {
        BERTH_CHECK(head.method_text == method_ && head.target == target_);
        BERTH_CHECK(!head.keep_alive || keep_alive());
        BERTH_CHECK(head.headers.size() == fields_.size());
        for (std::size_t i = 0; i < fields_.size(); ++i) {
            BERTH_CHECK(head.headers[i].name == fields_[i].first);
            BERTH_CHECK(head.headers[i].value == fields_[i].second);
        }
    }

  private:
    using Code = boost::beast::error_code;
    using Text = boost::beast::string_view;

    void on_request_impl(beast_http::verb, Text method, Text target, int, Code&) override {
        method_ = method;
        target_ = target;
    }

    void on_response_impl(int, Text, int, Code&) override {}

    void on_field_impl(beast_http::field, Text name, Text value, Code&) override {
        fields_.emplace_back(name, value);
    }

    void on_header_impl(Code&) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}

    std::size_t on_body_impl(Text body, Code&) override { return body.size(); }

    void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, Text body, Code&) override { return body.size(); }

    void on_finish_impl(Code&) override {}

    std::string method_;
    std::string target_;
    std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const std::size_t empty_line = input.find("\r\n\r\n");
    if (empty_line == std::string_view::npos) {
        return 0;
    }
    const std::string_view head = input.substr(0, empty_line + 4);
    const std::string_view body = input.substr(empty_line + 4);
    const auto request = http::H1Request::parse(head);
    if (!request) {
        BERTH_CHECK(request.error().status >= 400 && !request.error().reason.empty());
        return 0;
    }
    check_head(request->head());
    Reference(head).check(request->head());
    (void)http::parse_target(request->head().target);
    if (request->head().chunked) {
        const Decoding at_once = decode(head, body, body.size() + 1, 4096);
        const Decoding bit_by_bit = decode(head, body, 1, 3);
        BERTH_CHECK(at_once.done == bit_by_bit.done);
        BERTH_CHECK(!at_once.done || at_once == bit_by_bit);
    }
    return 0;
}
