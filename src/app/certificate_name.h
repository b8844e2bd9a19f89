// SPDX-License-Identifier: Apache-2.0
//
// The names that a certificate is for: host names, `*.` before them for all hosts one level below,
// and addresses. Pure.
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>
#include <vector>

namespace berth::app {

struct CertificateName {
    CertificateName() = default;
    /// Lower case without a dot at the end; an address as inet_ntop writes it.
    std::string text;
    bool is_address = false;
    friend bool operator==(const CertificateName&, const CertificateName&) = default;
};

using CertificateNames = std::vector<CertificateName>;

/// Errc::bad_request: log_detail says what is wrong with it.
Result<CertificateName> parse_certificate_name(std::string_view text);

/// Without repetitions, in the order given.
Result<CertificateNames> parse_certificate_names(const std::vector<std::string>& texts);

/// `host` is one of `names` or is matched by a `*.` of them.
bool covers(const CertificateNames& names, const CertificateName& host);

}  // namespace berth::app
