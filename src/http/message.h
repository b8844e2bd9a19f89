// SPDX-License-Identifier: Apache-2.0
//
// A request head as the upper layers see it, and a response as they make it. Views in a RequestHead
// live as long as the request is being handled.
#pragma once

#include "io/file.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace berth::http {

enum class Method : std::uint8_t { get, head, post, put, patch, remove, other };

struct HeaderView {
    std::string_view name;
    std::string_view value;
};

struct RequestHead {
    Method method = Method::other;
    std::string_view method_text;
    std::string_view target;
    bool keep_alive = true;
    bool chunked = false;
    bool expects_continue = false;
    std::optional<std::uint64_t> content_length;
    std::vector<HeaderView> headers;  // in wire order

    /// The first one, any letter case.
    std::optional<std::string_view> header(std::string_view name) const;
    /// All of them joined with ", " (RFC 9110 5.3); empty when absent.
    std::string merged(std::string_view name) const;
};

/// True when equal but for ASCII letter case.
bool equal_ignoring_case(std::string_view a, std::string_view b);
/// Without blanks and tabs at both ends.
std::string_view trimmed(std::string_view text);

struct Header {
    Header(std::string_view header_name, std::string header_value)
        : name(header_name), value(std::move(header_value)) {}

    std::string_view name;  // static text
    std::string value;
};

/// Headers that many responses have in common, without a copy in each; of static duration.
struct CommonHeaders {
    std::span<const HeaderView> sorted;  // by name, any letter case
    std::span<const HeaderView> last;
};

/// Pieces of one file, each after some text of its own: one piece for a plain range, several for
/// multipart/byteranges.
struct FileBody {
    struct Piece {
        Piece(std::string text, std::uint64_t from, std::uint64_t bytes)
            : before(std::move(text)), offset(from), length(bytes) {}

        std::string before;
        std::uint64_t offset;
        std::uint64_t length;
    };

    explicit FileBody(io::FileHandle handle) : file(std::move(handle)) {}

    io::FileHandle file;
    std::vector<Piece> pieces;
    std::string after;

    std::uint64_t size() const;
};

struct Response {
    explicit Response(int response_status) : status(response_status) {}

    int status;
    std::string content_type;  // empty: no Content-Type
    /// Sent by for_each_header() together with those of `common`.
    std::vector<Header> headers;
    const CommonHeaders* common = nullptr;
    std::variant<std::monostate, std::string, FileBody> body;
    /// Length of a body that HEAD withholds, when `body` does not carry it.
    std::optional<std::uint64_t> withheld_length;
    bool close = false;

    std::uint64_t content_length() const;
};

/// Whether a header named `a` stands before one named `b` on the wire: ASCII letters in any case.
bool stands_before(std::string_view a, std::string_view b);

/// visit(name, value) for everything but what the framing adds, in wire order: `headers`, which
/// with common ones must be sorted by name, merged with those, then the common ones that are last.
template <class Visit>
void for_each_header(const Response& response, Visit visit) {
    std::span<const HeaderView> shared;
    if (response.common != nullptr) {
        shared = response.common->sorted;
    }
    for (const Header& own : response.headers) {
        while (!shared.empty() && !stands_before(own.name, shared.front().name)) {
            visit(shared.front().name, shared.front().value);
            shared = shared.subspan(1);
        }
        visit(own.name, std::string_view(own.value));
    }
    for (const HeaderView& header : shared) {
        visit(header.name, header.value);
    }
    if (response.common != nullptr) {
        for (const HeaderView& header : response.common->last) {
            visit(header.name, header.value);
        }
    }
}

}  // namespace berth::http
