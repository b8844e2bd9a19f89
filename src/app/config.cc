// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include "app/certificate_name.h"
#include "base/try.h"
#include "http/forwarded.h"

#include <algorithm>
#include <charconv>

namespace berth::app {
namespace {

std::unexpected<Error> bad_address(const std::string& text) {
    return fail(Errc::bad_request, "'" + text +
                                       "' is not HOST:PORT; examples: 127.0.0.1:5000, 0.0.0.0:443, "
                                       "[::1]:5000 (port 0 picks a free one)");
}

bool parse_port(std::string_view text, std::uint16_t& port) {
    const char* end = text.data() + text.size();
    const auto [stop, failed] = std::from_chars(text.data(), end, port);
    return failed == std::errc() && stop == end && !text.empty();
}

}  // namespace

Result<HostPort> parse_host_port(const std::string& text) {
    HostPort address;
    const std::size_t colon = text.rfind(':');
    if (colon == std::string::npos ||
        !parse_port(std::string_view(text).substr(colon + 1), address.port)) {
        return bad_address(text);
    }
    address.host = text.substr(0, colon);
    if (address.host.starts_with('[') && address.host.ends_with(']')) {
        address.host = address.host.substr(1, address.host.size() - 2);
    } else if (address.host.find(':') != std::string::npos) {
        return bad_address(text);
    }
    if (address.host.empty()) {
        return bad_address(text);
    }
    return address;
}

std::vector<std::string> split_names(const std::string& text) {
    constexpr std::string_view kBlanks = " \t";
    std::vector<std::string> names;
    for (std::size_t at = 0; at <= text.size();) {
        const std::size_t end = std::min(text.find(',', at), text.size());
        std::string_view name = std::string_view(text).substr(at, end - at);
        at = end + 1;
        const std::size_t first = name.find_first_not_of(kBlanks);
        if (first != std::string_view::npos) {
            name = name.substr(first, name.find_last_not_of(kBlanks) - first + 1);
            names.emplace_back(name);
        }
    }
    return names;
}

namespace {

Result<void> validate_address(const std::string& setting, const std::string& text) {
    const Result<HostPort> address = parse_host_port(text);
    if (!address) {
        return fail(Errc::bad_request, setting + ": " + address.error().log_detail);
    }
    return {};
}

Result<void> validate_addresses(const Config& config) {
    BERTH_TRY_VOID(validate_address("listen", config.listen));
    if (config.listen_http.empty()) {
        return {};
    }
    BERTH_TRY_VOID(validate_address("listen_http", config.listen_http));
    if (config.listen_http == config.listen && parse_host_port(config.listen)->port != 0) {
        return fail(Errc::bad_request, "listen and listen_http must not be the same address");
    }
    return {};
}

/// What the resolver makes of a name is looked at again when it is bound.
bool is_loopback(const std::string& address) {
    const Result<HostPort> parts = parse_host_port(address);
    if (!parts) {
        return false;
    }
    const Result<CertificateName> host = parse_certificate_name(parts->host);
    return host && (host->text == "localhost" || host->text == "::1" ||
                    (host->is_address && host->text.starts_with("127.")));
}

Result<void> validate_local(const Config& config) {
    const Result<CertificateNames> names = parse_certificate_names(split_names(config.local_names));
    if (!names) {
        return fail(Errc::bad_request, "local_names: " + names.error().log_detail);
    }
    if (!config.local || config.local_anywhere) {
        return {};
    }
    for (const std::string& address : {config.listen, config.listen_http}) {
        if (!address.empty() && !is_loopback(address)) {
            return fail(Errc::bad_request,
                        "others can reach " + address +
                            ", where everybody knows the password of the local mode. It is for "
                            "addresses like 127.0.0.1; --local-anywhere allows all the same");
        }
    }
    return {};
}

Result<void> validate_tls(const Config& config) {
    const Config::Tls& tls = config.tls;
    if (tls.cert.empty() != tls.key.empty()) {
        return fail(Errc::bad_request, "tls.cert and tls.key: give both or neither");
    }
    const bool ignored = tls.client_certificates == io::ClientCertificates::ignored;
    if (!ignored && tls.cert.empty()) {
        return fail(Errc::bad_request, "tls.client_certificates needs tls.cert and tls.key");
    }
    if (!ignored && tls.client_ca.empty()) {
        return fail(Errc::bad_request,
                    "tls.client_certificates needs tls.client_ca: the authorities to trust");
    }
    if (ignored && !tls.client_ca.empty()) {
        return fail(Errc::bad_request,
                    "tls.client_ca has no effect unless tls.client_certificates is requested or "
                    "required");
    }
    return {};
}

Result<void> validate_proxies(const Config& config) {
    const auto proxies = http::TrustedProxies::parse(config.server.trusted_proxies);
    if (!proxies) {
        return fail(Errc::bad_request, "server.trusted_proxies: " + proxies.error().log_detail);
    }
    return {};
}

}  // namespace

Result<void> validate(const Config& config) {
    BERTH_TRY_VOID(validate_addresses(config));
    BERTH_TRY_VOID(validate_tls(config));
    BERTH_TRY_VOID(validate_local(config));
    BERTH_TRY_VOID(validate_proxies(config));
    if (config.limits.page_default > config.limits.page_max) {
        return fail(Errc::bad_request,
                    "limits.page_default must not be larger than limits.page_max");
    }
    if (config.limits.target_bytes_max > config.limits.header_bytes_max) {
        return fail(Errc::bad_request,
                    "limits.target_bytes_max must not be larger than limits.header_bytes_max");
    }
    return {};
}

}  // namespace berth::app
