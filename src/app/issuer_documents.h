// SPDX-License-Identifier: Apache-2.0
//
// auth::DocumentSource over the HTTP client: what issuers publish, from where they publish it.
#pragma once

#include "auth/oidc/document_source.h"
#include "io/blocking.h"
#include "io/loop.h"

namespace berth::app {

class IssuerDocuments final : public auth::DocumentSource {
  public:
    /// Both must outlive the object.
    IssuerDocuments(io::Loop& loop, io::BlockingPool& pool) : loop_(loop), pool_(pool) {}

    /// On the loop's thread. Certificates are read again each time: a file that was replaced counts
    /// at once, and this happens once an hour.
    io::Task<Result<std::string>> fetch(std::string url, auth::FetchRules rules) override;

  private:
    io::Loop& loop_;
    io::BlockingPool& pool_;
};

}  // namespace berth::app
