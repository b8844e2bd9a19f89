// SPDX-License-Identifier: Apache-2.0
#include "app/certificate_name.h"

#include "base/try.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <optional>

namespace berth::app {

namespace {

constexpr std::size_t kNameMax = 253;
constexpr std::size_t kLabelMax = 63;

std::optional<std::string> as_address(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {
        text = text.substr(1, text.size() - 2);
    }
    const std::string zero_ended(text);
    for (const int family : {AF_INET, AF_INET6}) {
        in6_addr bytes{};
        std::array<char, INET6_ADDRSTRLEN> shown{};
        if (::inet_pton(family, zero_ended.c_str(), &bytes) == 1 &&
            ::inet_ntop(family, &bytes, shown.data(), shown.size()) != nullptr) {
            return std::string(shown.data());
        }
    }
    return std::nullopt;
}

bool is_label(std::string_view label) {
    const auto may_stand = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !label.empty() && label.size() <= kLabelMax && !label.starts_with('-') &&
           !label.ends_with('-') && std::ranges::all_of(label, may_stand);
}

bool is_host_name(std::string_view name) {
    if (name.starts_with("*.")) {
        name.remove_prefix(2);
    }
    if (name.empty() || name.size() > kNameMax) {
        return false;
    }
    while (true) {
        const std::size_t dot = name.find('.');
        if (!is_label(name.substr(0, dot))) {
            return false;
        }
        if (dot == std::string_view::npos) {
            // What ends in a number is an address that is none.
            return !std::ranges::all_of(name, [](char c) { return c >= '0' && c <= '9'; });
        }
        name.remove_prefix(dot + 1);
    }
}

}  // namespace

Result<CertificateName> parse_certificate_name(std::string_view text) {
    CertificateName name;
    if (const std::optional<std::string> address = as_address(text)) {
        name.text = *address;
        name.is_address = true;
        return name;
    }
    name.text = text;
    if (name.text.ends_with('.')) {
        name.text.pop_back();
    }
    std::ranges::transform(name.text, name.text.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    if (!is_host_name(name.text)) {
        return fail(Errc::bad_request,
                    "'" + std::string(text) + "' is neither a host name nor an address");
    }
    return name;
}

Result<CertificateNames> parse_certificate_names(const std::vector<std::string>& texts) {
    CertificateNames names;
    for (const std::string& text : texts) {
        BERTH_TRY(const CertificateName name, parse_certificate_name(text));
        if (std::ranges::find(names, name) == names.end()) {
            names.push_back(name);
        }
    }
    return names;
}

bool covers(const CertificateNames& names, const CertificateName& host) {
    const std::size_t dot = host.is_address ? std::string::npos : host.text.find('.');
    const std::string wildcard = dot == std::string::npos ? "" : "*" + host.text.substr(dot);
    return std::ranges::any_of(names, [&](const CertificateName& name) {
        return name == host || (!wildcard.empty() && name.text == wildcard);
    });
}

}  // namespace berth::app
