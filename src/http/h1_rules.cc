// SPDX-License-Identifier: Apache-2.0
#include "http/h1_rules.h"

#include "http/h1_grammar.h"

#include <charconv>

namespace berth::http {

namespace {

ProtocolError bad(std::string_view reason) {
    return ProtocolError{400, reason};
}

std::optional<ProtocolError> check_length(RequestHead& head, std::string_view value) {
    if (head.content_length) {
        return bad("more than one Content-Length");
    }
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error != std::errc() || end != value.data() + value.size() || value.empty()) {
        return bad("malformed Content-Length");
    }
    head.content_length = length;
    return std::nullopt;
}

std::optional<ProtocolError> check_encoding(RequestHead& head, std::string_view value,
                                            unsigned version) {
    if (version < kHttp11) {
        return bad("Transfer-Encoding needs HTTP/1.1");
    }
    if (head.chunked || !equal_ignoring_case(value, "chunked")) {
        return bad("Transfer-Encoding must be exactly 'chunked'");
    }
    head.chunked = true;
    return std::nullopt;
}

}  // namespace

bool has_bare_line_feed(std::string_view text) {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos;
         at = text.find('\n', at + 1)) {
        if (at == 0 || text[at - 1] != '\r') {
            return true;
        }
    }
    return false;
}

std::optional<ProtocolError> check_raw_head(std::string_view head) {
    // By find(): a head that carries a token is a kilobyte, most of it without a line end.
    while (!head.empty()) {
        const std::size_t feed = head.find('\n');
        const std::string_view line = head.substr(0, feed);
        const bool is_ended = feed != std::string_view::npos;
        if (is_ended && !line.ends_with('\r')) {
            return bad("line ends without CR");
        }
        if (line.substr(0, line.size() - (is_ended ? 1 : 0)).find('\r') != std::string_view::npos) {
            return bad("CR without LF");
        }
        head.remove_prefix(is_ended ? feed + 1 : head.size());
        if (head.starts_with(' ') || head.starts_with('\t')) {
            return bad("folded header line");
        }
    }
    return std::nullopt;
}

std::optional<ProtocolError> check_fields(RequestHead& head, unsigned version) {
    int hosts = 0;
    for (const HeaderView& field : head.headers) {
        std::optional<ProtocolError> problem;
        if (equal_ignoring_case(field.name, "Host")) {
            ++hosts;
        } else if (equal_ignoring_case(field.name, "Content-Length")) {
            problem = check_length(head, field.value);
        } else if (equal_ignoring_case(field.name, "Transfer-Encoding")) {
            problem = check_encoding(head, field.value, version);
        } else if (equal_ignoring_case(field.name, "Expect")) {
            if (!equal_ignoring_case(field.value, "100-continue")) {
                return ProtocolError{417, "unknown expectation"};
            }
            head.expects_continue = version >= kHttp11;
        }
        if (problem) {
            return problem;
        }
    }
    if (hosts > 1 || (hosts == 0 && version >= kHttp11)) {
        return bad(hosts == 0 ? "missing Host" : "more than one Host");
    }
    if (head.chunked && head.content_length) {
        return bad("Content-Length with Transfer-Encoding");
    }
    return std::nullopt;
}

}  // namespace berth::http
