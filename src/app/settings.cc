// SPDX-License-Identifier: Apache-2.0
#include "app/settings.h"

#include "app/value_text.h"
#include "base/assert.h"
#include "base/bytes.h"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <type_traits>

namespace berth::app {
namespace {

using enum SettingKind;

constexpr std::uint64_t kMinute = 60;
constexpr std::uint64_t kHour = 60 * kMinute;
constexpr std::uint64_t kDay = 24 * kHour;
constexpr std::uint64_t kTextMax = 4096;
constexpr std::uint64_t kTiB = 1024 * kGiB;

constexpr Setting kSettings[] = {
    {"listen", text, "Address to serve on, HOST:PORT; port 0 picks a free one.",
     [](Config& c) -> SettingMember { return &c.listen; }, 1, kTextMax},
    {"data", text, "Directory that holds everything; created at first start.",
     [](Config& c) -> SettingMember { return &c.data; }, 1, kTextMax},
    {"listen_http", text, "A second address, without TLS whatever tls.cert says.",
     [](Config& c) -> SettingMember { return &c.listen_http; }, 0, kTextMax},
    {"anonymous", choice, "What callers without credentials may do.",
     [](Config& c) -> SettingMember { return &c.anonymous; }},
    {"anonymous_repositories", text,
     "Repositories that anonymous is about: names, or beginnings with a *, separated by commas.",
     [](Config& c) -> SettingMember { return &c.anonymous_repositories; }, 1, kTextMax},
    {"local", boolean, "For developers, never in production: a well-known account, https and http.",
     [](Config& c) -> SettingMember { return &c.local; }},
    {"local_anywhere", boolean, "Let --local listen on addresses that others can reach.",
     [](Config& c) -> SettingMember { return &c.local_anywhere; }},
    {"local_directory", text,
     "Where --local keeps its certificate authority; empty: the user's data directory.",
     [](Config& c) -> SettingMember { return &c.local_directory; }, 0, kTextMax},
    {"local_names", text,
     "Host names and addresses, separated by commas, that --local answers for, too.",
     [](Config& c) -> SettingMember { return &c.local_names; }, 0, kTextMax},
    {"in_memory", boolean, "Keep nothing: what is pushed is gone when the server ends.",
     [](Config& c) -> SettingMember { return &c.in_memory; }},

    {"tls.cert", text, "PEM certificate chain; with tls.key the port speaks https.",
     [](Config& c) -> SettingMember { return &c.tls.cert; }, 0, kTextMax},
    {"tls.key", text, "PEM private key of the certificate.",
     [](Config& c) -> SettingMember { return &c.tls.key; }, 0, kTextMax},
    {"tls.client_certificates", choice, "What becomes of certificates that clients show.",
     [](Config& c) -> SettingMember { return &c.tls.client_certificates; }},
    {"tls.client_ca", text, "PEM bundle of the authorities of clients' certificates.",
     [](Config& c) -> SettingMember { return &c.tls.client_ca; }, 0, kTextMax},

    {"tokens.access_lifetime", duration, "How long an access token is good.",
     [](Config& c) -> SettingMember { return &c.tokens.access_lifetime; }, kMinute, kDay},
    {"tokens.refresh_lifetime", duration, "How long a refresh token is good.",
     [](Config& c) -> SettingMember { return &c.tokens.refresh_lifetime; }, kMinute, 90 * kDay},

    {"audit.target", text, "Where audit lines go: a file, stdout or off; empty: audit.log in data.",
     [](Config& c) -> SettingMember { return &c.audit.target; }, 0, kTextMax},
    {"audit.bytes_max", size, "Size at which the audit file is put aside as FILE.1.",
     [](Config& c) -> SettingMember { return &c.audit.bytes_max; }, kMiB, kTiB},

    {"admin.listen", text,
     "Address of the admin listener (/healthz, /readyz, /metrics), HOST:PORT; empty: none.",
     [](Config& c) -> SettingMember { return &c.admin.listen; }, 0, kTextMax},

    {"gc.enabled", boolean, "Collect what nothing refers to any more.",
     [](Config& c) -> SettingMember { return &c.gc.enabled; }},
    {"gc.grace", duration, "What was pushed, mounted or asked for so recently is not collected.",
     [](Config& c) -> SettingMember { return &c.gc.grace; }, 0, 3650 * kDay},
    {"gc.read_grace", duration,
     "How long the bytes of a blob stay after no repository links it any more.",
     [](Config& c) -> SettingMember { return &c.gc.read_grace; }, 0, 3650 * kDay},
    {"gc.interval", duration, "From the end of one collection to the start of the next.",
     [](Config& c) -> SettingMember { return &c.gc.interval; }, 1, 365 * kDay},

    {"retention.interval", duration, "How often the retention rules are applied.",
     [](Config& c) -> SettingMember { return &c.retention.interval; }, 1, 365 * kDay},

    {"soft_delete.days", count,
     "Days for which deleted manifests and tags can be restored; 0: not at all.",
     [](Config& c) -> SettingMember { return &c.soft_delete.days; }, 0, 90},

    {"scrub.interval", duration,
     "From the end of one check of all stored bytes to the start of the next; 0s: never.",
     [](Config& c) -> SettingMember { return &c.scrub.interval; }, 0, 3650 * kDay},
    {"scrub.bytes_per_second", size, "How fast the check reads.",
     [](Config& c) -> SettingMember { return &c.scrub.bytes_per_second; }, 64 * kKiB, kTiB},

    {"log.format", choice, "Form of the lines on standard error.",
     [](Config& c) -> SettingMember { return &c.log.format; }},
    {"log.level", choice, "Least level that is written.",
     [](Config& c) -> SettingMember { return &c.log.level; }},
    {"log.access", boolean, "One line per request.",
     [](Config& c) -> SettingMember { return &c.log.access; }},

    {"server.io_threads", count, "Threads that serve connections; 0 means one per core.",
     [](Config& c) -> SettingMember { return &c.server.io_threads; }, 0, 1024},
    {"server.blocking_threads", count, "Threads for work that waits for the disk.",
     [](Config& c) -> SettingMember { return &c.server.blocking_threads; }, 1, 1024},
    {"server.drain_timeout", duration, "How long requests may take to end after SIGTERM.",
     [](Config& c) -> SettingMember { return &c.server.drain_timeout; }, 0, kDay},
    {"server.http2", boolean, "Offer HTTP/2 on connections over TLS.",
     [](Config& c) -> SettingMember { return &c.server.http2; }},
    {"server.trusted_proxies", text,
     "Networks, ADDRESS/BITS, whose X-Forwarded-For, -Host and -Proto are believed.",
     [](Config& c) -> SettingMember { return &c.server.trusted_proxies; }, 0, kTextMax},

    {"compatibility.delete_by_tag", boolean,
     "DELETE of a manifest by tag removes the tag; ACR answers 405.",
     [](Config& c) -> SettingMember { return &c.compatibility.delete_by_tag; }},
    {"compatibility.sparse_index", boolean,
     "Accept manifests whose blobs or children are not all in the repository.",
     [](Config& c) -> SettingMember { return &c.compatibility.sparse_index; }},

    {"limits.manifest_bytes_max", size, "Largest manifest.",
     [](Config& c) -> SettingMember { return &c.limits.manifest_bytes_max; }, 1, kGiB},
    {"limits.config_bytes_max", size,
     "Largest config blob that is looked into for architecture and os.",
     [](Config& c) -> SettingMember { return &c.limits.config_bytes_max; }, 0, 64 * kMiB},
    {"limits.attributes_bytes_max", size, "Largest body of a PATCH of attributes.",
     [](Config& c) -> SettingMember { return &c.limits.attributes_bytes_max; }, 1 * kKiB, kMiB},
    {"limits.blob_bytes_max", size, "Largest blob.",
     [](Config& c) -> SettingMember { return &c.limits.blob_bytes_max; }, 1, 1024 * kTiB},
    {"limits.refused_body_bytes_max", size,
     "Bytes of a refused request's body that are still read, so that its client sees the answer.",
     [](Config& c) -> SettingMember { return &c.limits.refused_body_bytes_max; }, 0, kTiB},
    {"limits.header_bytes_max", size, "Largest request head: request line and header fields.",
     [](Config& c) -> SettingMember { return &c.limits.header_bytes_max; }, 1 * kKiB, 1 * kMiB},
    {"limits.target_bytes_max", size, "Longest request target; at most header_bytes_max.",
     [](Config& c) -> SettingMember { return &c.limits.target_bytes_max; }, 256, 1 * kMiB},
    {"limits.connections_max", count, "Open connections; further ones are closed on arrival.",
     [](Config& c) -> SettingMember { return &c.limits.connections_max; }, 1, 1'000'000},
    {"limits.connections_per_address_max", count,
     "Open connections of one address, an IPv6 client being its /64; 0: no limit of its own.",
     [](Config& c) -> SettingMember { return &c.limits.connections_per_address_max; }, 0,
     1'000'000},
    {"limits.header_count_max", count, "Header fields of one request.",
     [](Config& c) -> SettingMember { return &c.limits.header_count_max; }, 1, 10'000},
    {"limits.requests_per_second_per_account_max", count,
     "Requests in a second of one account, answered with 429 beyond; 0: any number.",
     [](Config& c) -> SettingMember { return &c.limits.requests_per_second_per_account_max; }, 0,
     1'000'000},
    {"limits.requests_per_second_per_address_max", count,
     "Requests in a second of one address, answered with 429 beyond; 0: any number.",
     [](Config& c) -> SettingMember { return &c.limits.requests_per_second_per_address_max; }, 0,
     1'000'000},
    {"limits.body_memory_bytes_max", size,
     "Request bodies held in memory by all requests together; more are refused.",
     [](Config& c) -> SettingMember { return &c.limits.body_memory_bytes_max; }, kMiB, kTiB},
    {"limits.manifest_descriptors_max", count,
     "Descriptors in one manifest: config, layers and children.",
     [](Config& c) -> SettingMember { return &c.limits.manifest_descriptors_max; }, 1, 1'000'000},
    {"limits.manifest_annotations_max", count,
     "Annotations in one manifest, its own and its descriptors' together.",
     [](Config& c) -> SettingMember { return &c.limits.manifest_annotations_max; }, 1, 1'000'000},
    {"limits.manifest_depth_max", count, "Nesting of a manifest's JSON.",
     [](Config& c) -> SettingMember { return &c.limits.manifest_depth_max; }, 4, 128},
    {"limits.tags_per_push_max", count, "Tags in one push of a manifest by digest.",
     [](Config& c) -> SettingMember { return &c.limits.tags_per_push_max; }, 1, 10'000},
    {"limits.page_default", count, "Items on a list page when the client names no number.",
     [](Config& c) -> SettingMember { return &c.limits.page_default; }, 1, 100'000},
    {"limits.page_max", count, "Most items on a list page.",
     [](Config& c) -> SettingMember { return &c.limits.page_max; }, 1, 100'000},
    {"limits.blocking_queue_max", count, "Jobs waiting for a blocking thread; more are refused.",
     [](Config& c) -> SettingMember { return &c.limits.blocking_queue_max; }, 1, 1'000'000},
    {"limits.write_queue_max", count,
     "Transactions waiting for the database's writer; more are refused.",
     [](Config& c) -> SettingMember { return &c.limits.write_queue_max; }, 1, 1'000'000},
    {"limits.idle_timeout", duration, "A kept-alive connection without a request.",
     [](Config& c) -> SettingMember { return &c.limits.idle_timeout; }, 1, kDay},
    {"limits.header_timeout", duration, "From the first byte of a request head to its end.",
     [](Config& c) -> SettingMember { return &c.limits.header_timeout; }, 1, kHour},
    {"limits.body_timeout", duration, "A body that makes no progress, in either direction.",
     [](Config& c) -> SettingMember { return &c.limits.body_timeout; }, 1, kDay},
    {"limits.request_timeout", duration,
     "A request from its head to the last byte of its answer, whatever progress it makes.",
     [](Config& c) -> SettingMember { return &c.limits.request_timeout; }, 1, 365 * kDay},
    {"limits.wrong_passwords_max", count,
     "Wrong passwords for one account from one address before it has to wait.",
     [](Config& c) -> SettingMember { return &c.limits.wrong_passwords_max; }, 1, 1'000'000},
    {"limits.wrong_passwords_per_address_max", count,
     "Wrong passwords for any account from one address before it has to wait.",
     [](Config& c) -> SettingMember { return &c.limits.wrong_passwords_per_address_max; }, 1,
     1'000'000},
    {"limits.wrong_passwords_per_account_max", count,
     "Wrong passwords for one account from anywhere before strange addresses have to wait.",
     [](Config& c) -> SettingMember { return &c.limits.wrong_passwords_per_account_max; }, 1,
     1'000'000},
    {"limits.sign_in_delay_max", duration, "Longest wait after wrong passwords.",
     [](Config& c) -> SettingMember { return &c.limits.sign_in_delay_max; }, 1, kHour},
    {"limits.http2_streams_max", count, "HTTP/2: requests at once on one connection.",
     [](Config& c) -> SettingMember { return &c.limits.http2_streams_max; }, 1, 10'000},
    {"limits.http2_resets_per_second_max", count,
     "HTTP/2: streams a client may reset in a second before it is cut off.",
     [](Config& c) -> SettingMember { return &c.limits.http2_resets_per_second_max; }, 1,
     1'000'000},
    {"limits.http2_idle_frames_per_second_max", count,
     "HTTP/2: frames in a second that move no request on before a client is cut off.",
     [](Config& c) -> SettingMember { return &c.limits.http2_idle_frames_per_second_max; }, 1,
     1'000'000},
    {"limits.inline_blob_bytes_max", size,
     "Blobs up to this size are kept in the catalog; 0: none.",
     [](Config& c) -> SettingMember { return &c.limits.inline_blob_bytes_max; }, 0, kMiB},
    {"limits.manifest_cache_bytes_max", size,
     "Manifests and small blobs kept in memory, together; 0: none.",
     [](Config& c) -> SettingMember { return &c.limits.manifest_cache_bytes_max; }, 0, kTiB},
    {"limits.uploads_per_account_max", count,
     "Upload sessions one account may have open; anonymous callers are one account.",
     [](Config& c) -> SettingMember { return &c.limits.uploads_per_account_max; }, 1, 1'000'000},
    {"limits.upload_age_max", duration, "An upload session without activity.",
     [](Config& c) -> SettingMember { return &c.limits.upload_age_max; }, 1, 3650 * kDay},
};

// The words of a choice, in the order of its enumerators.
constexpr std::array<std::string_view, 3> kAnonymousWords = {"none", "read", "write"};
constexpr std::array<std::string_view, 3> kClientCertificateWords = {"ignored", "requested",
                                                                     "required"};
constexpr std::array<std::string_view, 2> kFormatWords = {"text", "json"};
constexpr std::array<std::string_view, 4> kLevelWords = {"debug", "info", "warn", "error"};

std::span<const std::string_view> words_of(const SettingMember& member) {
    if (std::holds_alternative<auth::AnonymousAccess*>(member)) {
        return kAnonymousWords;
    }
    if (std::holds_alternative<io::ClientCertificates*>(member)) {
        return kClientCertificateWords;
    }
    if (std::holds_alternative<telemetry::LogFormat*>(member)) {
        return kFormatWords;
    }
    BERTH_CHECK(std::holds_alternative<telemetry::Level*>(member));
    return kLevelWords;
}

std::string join_words(std::span<const std::string_view> words) {
    std::string joined;
    for (std::size_t i = 0; i < words.size(); ++i) {
        joined += i == 0 ? "" : i + 1 == words.size() ? " or " : ", ";
        joined += words[i];
    }
    return joined;
}

// The number behind `word`, whatever the setting's kind; nullopt when malformed or out of bounds.
std::optional<std::uint64_t> parse_number(const Setting& setting, const SettingMember& member,
                                          std::string_view word) {
    std::optional<std::uint64_t> number;
    switch (setting.kind) {
        case boolean:
            return word == "true"    ? std::optional(1ULL)
                   : word == "false" ? std::optional(0ULL)
                                     : std::nullopt;
        case choice: {
            const std::span<const std::string_view> words = words_of(member);
            const auto found = std::ranges::find(words, word);
            return found == words.end()
                       ? std::nullopt
                       : std::optional(static_cast<std::uint64_t>(found - words.begin()));
        }
        case count:
            number = parse_count(word);
            break;
        case size:
            number = parse_size(word);
            break;
        case duration:
            number = parse_duration(word);
            break;
        case text:
            number = word.size();
            break;
    }
    const bool inside = number && *number >= setting.least && *number <= setting.most;
    return inside ? number : std::nullopt;
}

}  // namespace

std::span<const Setting> settings() {
    return kSettings;
}

const Setting* find_setting(std::string_view key) {
    const auto* found = std::ranges::find(kSettings, key, &Setting::key);
    return found == std::end(kSettings) ? nullptr : found;
}

std::string flag_of(const Setting& setting) {
    std::string flag = "--" + std::string(setting.key);
    std::ranges::replace(flag, '.', '-');
    std::ranges::replace(flag, '_', '-');
    return flag;
}

std::string variable_of(const Setting& setting) {
    std::string variable = "BERTH_";
    for (const char c : setting.key) {
        variable += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    }
    return variable;
}

std::string_view section_of(const Setting& setting) {
    const std::size_t dot = setting.key.find('.');
    return dot == std::string_view::npos ? std::string_view() : setting.key.substr(0, dot);
}

std::string_view name_of(const Setting& setting) {
    const std::size_t dot = setting.key.find('.');
    return dot == std::string_view::npos ? setting.key : setting.key.substr(dot + 1);
}

std::string accepted(const Setting& setting) {
    Config unused;
    switch (setting.kind) {
        case text:
            return setting.least > 0 ? "a text that is not empty" : "a text";
        case boolean:
            return "true or false";
        case choice:
            return join_words(words_of(setting.member(unused)));
        case count:
            return "a number from " + std::to_string(setting.least) + " to " +
                   std::to_string(setting.most);
        case size:
            return "a size from " + show_size(setting.least) + " to " + show_size(setting.most);
        case duration:
            return "a duration from " + show_duration(setting.least) + " to " +
                   show_duration(setting.most);
    }
    return {};
}

Result<void> assign(const Setting& setting, Config& config, std::string_view text) {
    const SettingMember member = setting.member(config);
    const std::optional<std::uint64_t> number = parse_number(setting, member, text);
    if (!number) {
        return fail(Errc::bad_request,
                    "expected " + accepted(setting) + ", got '" + std::string(text) + "'");
    }
    const auto store = [&](auto* target) {
        using Target = std::remove_reference_t<decltype(*target)>;
        if constexpr (std::is_same_v<Target, std::string>) {
            *target = text;
        } else if constexpr (std::is_same_v<Target, std::chrono::seconds>) {
            *target = std::chrono::seconds(*number);
        } else {
            *target = static_cast<Target>(*number);
        }
    };
    std::visit(store, member);
    return {};
}

std::string show(const Setting& setting, const Config& config) {
    Config copy = config;
    const SettingMember member = setting.member(copy);
    const auto load = [](const auto* source) {
        using Source = std::remove_cvref_t<decltype(*source)>;
        if constexpr (std::is_same_v<Source, std::string>) {
            return source->size();
        } else if constexpr (std::is_same_v<Source, std::chrono::seconds>) {
            return static_cast<std::uint64_t>(source->count());
        } else {
            return static_cast<std::uint64_t>(*source);
        }
    };
    const std::uint64_t number = std::visit(load, member);
    switch (setting.kind) {
        case text:
            return *std::get<std::string*>(member);
        case boolean:
            return number != 0 ? "true" : "false";
        case choice:
            return std::string(words_of(member)[number]);
        case count:
            return std::to_string(number);
        case size:
            return show_size(number);
        case duration:
            return show_duration(number);
    }
    return {};
}

}  // namespace berth::app
