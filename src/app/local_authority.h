// SPDX-License-Identifier: Apache-2.0
//
// A certificate authority of one's own, for `berth tls init` and for local mode: EC P-256, ten
// years, no authorities below it. A critical name constraint says what it may sign for, so that
// whoever trusts it does not trust whoever gets hold of its key with the whole web. Certificates of
// servers: EC P-256, 397 days (browsers take no more).
#pragma once

#include "app/certificate_name.h"
#include "base/error.h"
#include "io/tls_context.h"

#include <memory>
#include <string>
#include <vector>

namespace berth::app {

/// PEM texts.
struct CertificatePair {
    CertificatePair() = default;
    std::string certificate;
    std::string key;
};

class LocalAuthority {
  public:
    /// A new one for `names` and whatever is below them, loopback and private addresses.
    static Result<LocalAuthority> create(const CertificateNames& names);
    /// Errc::bad_request: not an authority, past its end, or the key is another one's.
    static Result<LocalAuthority> parse(const CertificatePair& pair);
    ~LocalAuthority();
    LocalAuthority(LocalAuthority&&) noexcept;
    LocalAuthority& operator=(LocalAuthority&&) noexcept;

    const CertificatePair& pair() const;
    const io::CertificateSummary& summary() const;

    bool may_sign_for(const CertificateName& name) const;
    /// A new key and its certificate. Errc::bad_request names the name that it may not sign for.
    Result<CertificatePair> issue(const CertificateNames& names) const;
    /// A certificate for a key that there is already, PEM. Takes 0.1 ms. Errors as issue().
    Result<std::string> certify(const CertificateNames& names, const std::string& key) const;

  private:
    struct State;
    explicit LocalAuthority(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace berth::app
