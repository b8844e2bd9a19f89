// SPDX-License-Identifier: Apache-2.0
//
// Where an issuer's documents come from. Implemented in app over the HTTP client, which this layer
// does not know; by fakes in tests.
#pragma once

#include "base/error.h"
#include "io/task.h"

#include <string>

namespace berth::auth {

/// Whom to believe when fetching, as the operator said.
struct FetchRules {
    FetchRules() = default;

    FetchRules(std::string file, bool private_too)
        : ca_file(std::move(file)), allow_private(private_too) {}

    std::string ca_file;  // empty: the system's certificates
    bool allow_private = false;

    friend bool operator==(const FetchRules&, const FetchRules&) = default;
};

class DocumentSource {
  public:
    virtual ~DocumentSource() = default;
    /// The body of a 200 at `url`. Only https (http on this machine where private addresses are
    /// allowed), no redirects, bounded in size and time. Any Errc; log_detail says why.
    virtual io::Task<Result<std::string>> fetch(std::string url, FetchRules rules) = 0;
};

}  // namespace berth::auth
