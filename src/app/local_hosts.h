// SPDX-License-Identifier: Apache-2.0
//
// Before the registry in local mode: refuses requests for host names that are not this machine's.
// The password is known to everybody, so a page of a stranger whose name is made to mean this
// machine must not be able to use it (DNS rebinding).
#pragma once

#include "app/config.h"
#include "http/exchange.h"

namespace berth::app {

class LocalHosts final : public http::Service {
  public:
    /// References must outlive the object.
    LocalHosts(const Config& config, http::Service& registry)
        : config_(config), registry_(registry) {}

    io::Task<http::Response> handle(http::Exchange& exchange) override;

    http::Response refuse(const http::ProtocolError& error) override {
        return registry_.refuse(error);
    }

    void completed(const http::Exchange& exchange, const http::Outcome& outcome) override {
        registry_.completed(exchange, outcome);
    }

    void refused(const http::Refusal& refusal) override { registry_.refused(refusal); }

  private:
    const Config& config_;
    http::Service& registry_;
};

}  // namespace berth::app
