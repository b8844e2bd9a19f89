// SPDX-License-Identifier: Apache-2.0
//
// Where a local authority and what it signed are kept: DIR/ca.crt, ca.key, server.crt, server.key.
// Keys are 0600. Processes that make an authority at the same time end up with the same one.
#pragma once

#include "app/local_authority.h"
#include "base/error.h"

#include <filesystem>

namespace berth::app {

class AuthorityDirectory {
  public:
    explicit AuthorityDirectory(std::filesystem::path path) : path_(std::move(path)) {}

    std::filesystem::path authority_certificate() const { return path_ / "ca.crt"; }

    std::filesystem::path authority_key() const { return path_ / "ca.key"; }

    std::filesystem::path server_certificate() const { return path_ / "server.crt"; }

    std::filesystem::path server_key() const { return path_ / "server.key"; }

    struct Opened {
        LocalAuthority authority;
        bool is_new;
    };

    /// The authority that is there, else a new one for `names`; the directory is made, 0700, when
    /// absent. Errors: bad_request with what is wrong with what is there (one half missing, its key
    /// readable by others, past its end); io_error.
    Result<Opened> open(const CertificateNames& names) const;
    /// Replaces the server's certificate and key.
    Result<void> write_server(const CertificatePair& pair) const;

  private:
    Result<LocalAuthority> read() const;
    Result<LocalAuthority> make(const CertificateNames& names) const;

    std::filesystem::path path_;
};

}  // namespace berth::app
