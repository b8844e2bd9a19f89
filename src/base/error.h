// SPDX-License-Identifier: Apache-2.0
//
// The vocabulary of failure. An expected failure (missing blob, full disk, refused range) is a
// value: Result<T>. Error carries what a client may be told, what only the log may say, and where
// it was made. api/error_response.cc is the one place that turns an Error into HTTP.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth {

enum class Errc : std::uint8_t {
    // what a client asked for is not there
    name_unknown,
    manifest_unknown,
    tag_unknown,
    blob_unknown,
    upload_unknown,
    // what a client sent is wrong
    name_invalid,
    tag_invalid,
    digest_invalid,
    manifest_invalid,
    manifest_blob_unknown,
    manifest_too_large,
    size_invalid,
    upload_invalid,
    upload_range_invalid,
    range_not_satisfiable,
    pagination_invalid,
    too_many_tags,
    bad_request,
    payload_too_large,
    attributes_too_large,
    unsupported,
    // what a client may not do
    unauthenticated,
    token_malformed,
    token_invalid,
    scope_insufficient,
    denied,
    disallowed,
    rate_limited,
    // what the server cannot do now
    conflict,
    timeout,
    cancelled,
    unavailable,
    disk_full,
    read_only,
    // what should not happen
    io_error,
    corrupt,
    internal,
};

/// Stable snake_case name of `code`, for logs, metrics and docs/errors.md.
std::string_view name_of(Errc code);

/// Number of Errc values; lets tables over Errc be checked for completeness.
inline constexpr std::size_t kErrcCount = static_cast<std::size_t>(Errc::internal) + 1;

struct Error {
    explicit Error(Errc error_code, std::string log_detail_text = {},
                   std::source_location made_at = std::source_location::current())
        : code(error_code), log_detail(std::move(log_detail_text)), where(made_at) {}

    /// Text for the client; empty means the catalogue's text for `code`.
    Error&& with_message(std::string text) && {
        message = std::move(text);
        return std::move(*this);
    }

    /// JSON text for the envelope's `detail`; empty means the member is omitted.
    Error&& with_wire_detail(std::string json) && {
        wire_detail = std::move(json);
        return std::move(*this);
    }

    /// One envelope entry per item (acr-wire 3.2, MANIFEST_BLOB_UNKNOWN), each item its detail.
    Error&& with_items(std::vector<std::string> item_texts) && {
        items = std::move(item_texts);
        return std::move(*this);
    }

    /// When it makes sense to try again; an answer with status 429 or 503 says so.
    Error&& with_retry_after(std::chrono::seconds time) && {
        retry_after = time;
        return std::move(*this);
    }

    /// The account that a refused sign-in was for, for the audit log: one that exists, since a name
    /// that no account has may be a password in the wrong field.
    Error&& with_account(std::string name) && {
        account = std::move(name);
        return std::move(*this);
    }

    Errc code;
    std::string message;
    std::string wire_detail;
    std::vector<std::string> items;
    std::optional<std::chrono::seconds> retry_after;
    std::string account;
    std::string log_detail;
    std::source_location where;
};

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(Errc::blob_unknown);`
[[nodiscard]] inline std::unexpected<Error> fail(
    Errc code, std::string log_detail = {},
    std::source_location where = std::source_location::current()) {
    return std::unexpected<Error>(Error(code, std::move(log_detail), where));
}

[[nodiscard]] inline std::unexpected<Error> fail(Error error) {
    return std::unexpected<Error>(std::move(error));
}

}  // namespace berth
