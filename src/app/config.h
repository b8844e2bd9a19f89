// SPDX-License-Identifier: Apache-2.0
//
// Every setting, typed, with its default. Filled by config_file.cc (TOML, environment, flags, in
// that order, through the table of settings.cc); passed down as small structs.
// docs/configuration.md is its prose.
#pragma once

#include "auth/policy.h"
#include "base/error.h"
#include "base/limits.h"
#include "io/tls_context.h"
#include "telemetry/log.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace berth::app {

struct Config {
    std::string listen = "127.0.0.1:5000";
    std::string data = "berth-data";
    /// Beside `listen`, without TLS; empty: nowhere.
    std::string listen_http;
    auth::AnonymousAccess anonymous = auth::AnonymousAccess::none;
    /// Patterns of the repositories that `anonymous` is about, separated by commas.
    std::string anonymous_repositories = "*";
    /// For developers: a well-known account, tokens of Entra ID unchecked, both schemes.
    bool local = false;
    /// `local` on addresses that are not loopback, too.
    bool local_anywhere = false;
    /// Where `local` keeps its certificate authority; empty: with the user's data.
    std::string local_directory;
    /// Host names and addresses that `local` answers for, beside the usual; separated by commas.
    std::string local_names;
    /// Nothing is kept; `data` is not used.
    bool in_memory = false;

    struct Tls {
        std::string cert;  // PEM chain; both or neither
        std::string key;
        io::ClientCertificates client_certificates = io::ClientCertificates::ignored;
        std::string client_ca;  // PEM bundle
    } tls;

    struct Tokens {
        std::chrono::seconds access_lifetime{std::chrono::hours(1)};
        std::chrono::seconds refresh_lifetime{std::chrono::hours(3)};
    } tokens;

    struct Audit {
        /// `off`, `stdout`, or a file; empty: DATA/audit.log.
        std::string target;
        std::uint64_t bytes_max = 64 * kMiB;
    } audit;

    struct Admin {
        std::string listen;  // empty: no admin listener
    } admin;

    struct Gc {
        bool enabled = true;
        /// What was pushed, mounted or asked for within it is never collected.
        std::chrono::seconds grace{std::chrono::hours(24)};
        /// From a blob's last link to the removal of its bytes.
        std::chrono::seconds read_grace{std::chrono::hours(1)};
        std::chrono::seconds interval{std::chrono::minutes(10)};
    } gc;

    struct Retention {
        std::chrono::seconds interval{std::chrono::hours(1)};
    } retention;

    struct SoftDelete {
        std::uint32_t days = 0;  // 0: deleted is deleted
    } soft_delete;

    struct Scrub {
        std::chrono::seconds interval{std::chrono::hours(24 * 7)};  // 0: never
        std::uint64_t bytes_per_second = 20 * kMiB;
    } scrub;

    struct Log {
        telemetry::LogFormat format = telemetry::LogFormat::text;
        telemetry::Level level = telemetry::Level::info;
        bool access = true;
    } log;

    struct Server {
        std::uint32_t io_threads = 0;  // 0: one per core
        std::uint32_t blocking_threads = 4;
        std::chrono::seconds drain_timeout{30};
        bool http2 = true;
        /// Networks (ADDRESS/BITS, separated by commas) whose X-Forwarded headers are believed.
        std::string trusted_proxies;
    } server;

    struct Compatibility {
        bool delete_by_tag = false;
        bool sparse_index = false;
    } compatibility;

    Limits limits;
};

/// The two halves of `Config::listen`; brackets around an IPv6 host removed.
struct HostPort {
    HostPort() = default;
    std::string host;
    std::uint16_t port = 0;
};

/// `HOST:PORT`, `[V6]:PORT`. Errc::bad_request with a text for the operator in log_detail.
Result<HostPort> parse_host_port(const std::string& text);

/// The items of a list in one text, separated by commas, without blanks around them.
std::vector<std::string> split_names(const std::string& text);

/// The rules between settings; those on one setting alone are in settings.cc. Errc::bad_request
/// with a text for the operator in log_detail.
Result<void> validate(const Config& config);

}  // namespace berth::app
