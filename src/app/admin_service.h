// SPDX-License-Identifier: Apache-2.0
//
// What the admin listener answers: /healthz (the process answers), /readyz (send it requests or
// not, and why), /metrics. Nothing else, to nobody's credentials: the listener is for the machine
// itself and for whoever watches it.
#pragma once

#include "app/readiness.h"
#include "http/exchange.h"

#include <functional>
#include <string>

namespace berth::app {

class AdminService final : public http::Service {
  public:
    /// The page of metrics, made anew.
    using Metrics = std::function<std::string()>;

    /// `readiness` must outlive the object.
    AdminService(const Readiness& readiness, Metrics metrics);

    io::Task<http::Response> handle(http::Exchange& exchange) override;
    http::Response refuse(const http::ProtocolError& error) override;

    // Who watches asks often and says nothing new: no line in the access log.
    void completed(const http::Exchange& /*exchange*/, const http::Outcome& /*outcome*/) override {}

    void refused(const http::Refusal& /*refusal*/) override {}

  private:
    http::Response answer(const http::RequestHead& request) const;
    http::Response ready() const;

    const Readiness& readiness_;
    const Metrics metrics_;
};

}  // namespace berth::app
