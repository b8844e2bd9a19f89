// SPDX-License-Identifier: Apache-2.0
#include "http/h2_head.h"

#include <charconv>

namespace berth::http {

namespace {

/// RFC 9113 6.5.2: what a field counts beside its characters.
constexpr std::size_t kFieldOverhead = 32;
/// Most heads are smaller, but for tokens.
constexpr std::size_t kUsualBytes = 512;
constexpr std::size_t kUsualFields = 16;
/// A head that is too large is answered; one that is larger by this factor is an attack.
constexpr std::size_t kAttackFactor = 8;

ProtocolError bad(std::string_view reason) {
    return ProtocolError{400, reason};
}

Method method_of(std::string_view text) {
    if (text == "GET") {
        return Method::get;
    }
    if (text == "HEAD") {
        return Method::head;
    }
    if (text == "POST") {
        return Method::post;
    }
    if (text == "PUT") {
        return Method::put;
    }
    if (text == "PATCH") {
        return Method::patch;
    }
    return text == "DELETE" ? Method::remove : Method::other;
}

}  // namespace

bool H2Head::count(std::string_view name, std::string_view value, const Limits& limits) {
    list_bytes_ += name.size() + value.size() + kFieldOverhead;
    return list_bytes_ <= kAttackFactor * limits.header_bytes_max;
}

bool H2Head::add(std::string_view name, std::string_view value, const Limits& limits) {
    if (!count(name, value, limits)) {
        return false;
    }
    list_fields_ += name.starts_with(':') ? 0 : 1;
    if (problem_) {
        return true;
    }
    if (name == ":path" && value.size() > limits.target_bytes_max) {
        problem_ = ProtocolError{414, "request target too long"};
    } else if (list_bytes_ > limits.header_bytes_max) {
        problem_ = ProtocolError{431, "request head too large"};
    } else if (list_fields_ > limits.header_count_max) {
        problem_ = ProtocolError{431, "too many header fields"};
    } else {
        if (fields_.empty()) {
            text_.reserve(kUsualBytes);
            fields_.reserve(kUsualFields);
        }
        const std::size_t start = text_.size();
        text_ += name;
        text_ += value;
        fields_.push_back(Field{.name = start, .value = start + name.size(), .end = text_.size()});
    }
    return true;
}

std::string_view H2Head::text(std::size_t from, std::size_t to) const {
    return std::string_view(text_).substr(from, to - from);
}

std::optional<ProtocolError> H2Head::finish(bool has_body) {
    request_.headers.reserve(fields_.size() + 1);
    for (const Field& field : fields_) {
        const auto problem = take(text(field.name, field.value), text(field.value, field.end));
        if (problem && !problem_) {
            problem_ = problem;
        }
    }
    if (!problem_) {
        problem_ = name_host();
    }
    if (!has_body) {
        request_.content_length = request_.content_length.value_or(0);
    }
    request_.chunked = has_body && !request_.content_length;
    return problem_;
}

std::optional<ProtocolError> H2Head::take(std::string_view name, std::string_view value) {
    if (name == ":method") {
        request_.method_text = value;
        request_.method = method_of(value);
    } else if (name == ":path") {
        request_.target = value;
    } else if (name == ":authority") {
        authority_ = value;
    } else if (name == "host") {
        if (host_) {
            return bad("more than one Host");
        }
        host_ = value;
    } else if (!name.starts_with(':')) {
        request_.headers.push_back(HeaderView{.name = name, .value = value});
        if (name == "content-length") {
            return take_length(value);
        }
        if (name == "expect") {
            request_.expects_continue = equal_ignoring_case(value, "100-continue");
            if (!request_.expects_continue) {
                return ProtocolError{417, "unknown expectation"};
            }
        }
    }
    return std::nullopt;
}

std::optional<ProtocolError> H2Head::take_length(std::string_view value) {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
    if (error != std::errc() || end != value.data() + value.size() || value.empty()) {
        return bad("malformed Content-Length");
    }
    request_.content_length = length;
    return std::nullopt;
}

/// RFC 9113 8.3.1: both may be there when they say the same. A proxy and we must not choose
/// differently.
std::optional<ProtocolError> H2Head::name_host() {
    if (!authority_ && !host_) {
        return bad("missing Host");
    }
    if (authority_ && host_ && !equal_ignoring_case(*authority_, *host_)) {
        return bad("Host differs from :authority");
    }
    const std::string_view host = authority_ ? *authority_ : *host_;
    if (host.find('@') != std::string_view::npos) {
        return bad("user name in :authority");
    }
    if (request_.target.empty()) {
        request_.target = host;  // CONNECT: the authority-form of HTTP/1.1
    }
    if (request_.target.empty()) {
        return bad("missing target");
    }
    request_.headers.insert(request_.headers.begin(), HeaderView{.name = "host", .value = host});
    return std::nullopt;
}

}  // namespace berth::http
