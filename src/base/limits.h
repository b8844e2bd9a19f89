// SPDX-License-Identifier: Apache-2.0
//
// Every maximum in the program. The struct holds those an operator may change
// (docs/configuration.md); the constants below it are facts of a protocol or of our own formats.
#pragma once

#include "base/bytes.h"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace berth {

struct Limits {
    /// acr-wire 16: a manifest is at most 4 MiB.
    std::uint64_t manifest_bytes_max = 4 * kMiB;
    /// A larger config blob is not looked into for architecture and os (acr-wire 9.1).
    std::uint64_t config_bytes_max = 1 * kMiB;
    /// Body of a PATCH of attributes (acr-wire 7.2, 9.3).
    std::uint64_t attributes_bytes_max = 64 * kKiB;
    /// acr-wire 16: a layer is at most 200 GiB.
    std::uint64_t blob_bytes_max = 200 * kGiB;
    /// The whole request head: request line and header fields.
    std::uint32_t header_bytes_max = 32 * kKiB;
    /// The request target alone; longer is 414.
    std::uint32_t target_bytes_max = 16 * kKiB;
    std::uint32_t connections_max = 10'000;
    /// Open connections of one address (an IPv6 client is its /64); 0: as many as there may be.
    std::uint32_t connections_per_address_max = 5'000;
    /// Header fields of one request.
    std::uint32_t header_count_max = 100;
    /// Requests in a second, of one account and of one address; 0: any number. More are answered
    /// with 429.
    std::uint32_t requests_per_second_per_account_max = 0;
    std::uint32_t requests_per_second_per_address_max = 0;
    /// Request bodies held in memory by all requests together; what does not fit is refused with
    /// 503.
    std::uint64_t body_memory_bytes_max = 256 * kMiB;
    /// Of one manifest: descriptors (config, layers, children together), annotations (its own and
    /// its descriptors' together), nesting of its JSON.
    std::uint32_t manifest_descriptors_max = 10'000;
    std::uint32_t manifest_annotations_max = 10'000;
    std::uint32_t manifest_depth_max = 32;
    /// Tags in one manifest PUT by digest; more is 414 (OCI distribution 1.2-dev asks for at least
    /// 10).
    std::uint32_t tags_per_push_max = 32;
    /// acr-wire 16: list pages, default and cap (a larger `n` is clamped).
    std::uint32_t page_default = 100;
    std::uint32_t page_max = 1000;
    /// Jobs waiting for the blocking pool; beyond it a request is refused with 503.
    std::uint32_t blocking_queue_max = 1024;
    /// Transactions waiting for the database's writer; beyond it a request is refused with 503.
    std::uint32_t write_queue_max = 4096;
    /// A kept-alive connection without a request.
    std::chrono::seconds idle_timeout{75};
    /// From the first byte of a head to its end.
    std::chrono::seconds header_timeout{30};
    /// Without progress while a body is read or written.
    std::chrono::seconds body_timeout{60};
    /// A request from its head to the last byte of its answer, whatever progress it makes.
    std::chrono::seconds request_timeout{std::chrono::hours(24)};
    /// Wrong passwords before whoever sends them has to wait, and for how long at most.
    std::uint32_t wrong_passwords_max = 5;
    std::uint32_t wrong_passwords_per_address_max = 50;
    std::uint32_t wrong_passwords_per_account_max = 200;
    std::chrono::seconds sign_in_delay_max{60};
    /// Of the body of a request that was refused: read and dropped, so that a client that sends all
    /// of it before it reads finds the answer and not a reset connection.
    std::uint64_t refused_body_bytes_max = 1 * kGiB;
    /// HTTP/2: requests at once on one connection.
    std::uint32_t http2_streams_max = 128;
    /// HTTP/2: streams that a client may reset in one second; one that exceeds it is cut off
    /// (CVE-2023-44487).
    std::uint32_t http2_resets_per_second_max = 100;
    /// HTTP/2: frames in one second that move no request on (PING, SETTINGS, PRIORITY, empty DATA,
    /// WINDOW_UPDATE); one that exceeds it is cut off (CVE-2019-9511 to 9518).
    std::uint32_t http2_idle_frames_per_second_max = 10'000;
    /// A blob up to this size is kept in the catalog: its push costs one commit, which others
    /// share, and no file.
    std::uint32_t inline_blob_bytes_max = 16 * kKiB;
    /// Manifests and small blobs kept in memory, together.
    std::uint64_t manifest_cache_bytes_max = 16 * kMiB;
    /// Upload sessions that one account may have open; anonymous callers are one account.
    std::uint32_t uploads_per_account_max = 10'000;
    /// An upload session without activity.
    std::chrono::seconds upload_age_max{std::chrono::hours(24 * 7)};
};

/// One turn of any loop that moves body bytes; after it the loop yields to its thread's other
/// connections. Without the yield one fast download starves its neighbours.
inline constexpr std::size_t kTurnBytesMax = 512 * kKiB;
/// Bytes a connection reads at once; Beast sizes its reads by the buffer's capacity.
inline constexpr std::size_t kReadBufferBytes = 64 * kKiB;
/// A request body nobody read is drained up to here to keep the connection, beyond it is closed.
inline constexpr std::uint64_t kDrainBytesMax = 8 * kMiB;
/// Ranges in one Range header; more are answered with the whole blob (RFC 9110 14.2).
inline constexpr std::size_t kRangesMax = 16;
/// Nesting of JSON a client may send.
inline constexpr std::size_t kJsonDepthMax = 32;
/// acr-wire 16.
inline constexpr std::size_t kTagLengthMax = 128;
inline constexpr std::size_t kRepositoryLengthMax = 255;
/// Grammar of query parameters: count of `key=value` pairs that are looked at.
inline constexpr std::size_t kQueryParametersMax = 64;
/// Body of a token request: a few tokens and scopes.
inline constexpr std::uint64_t kFormBytesMax = 256 * kKiB;

static_assert(kReadBufferBytes <= kTurnBytesMax);

}  // namespace berth
