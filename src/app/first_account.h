// SPDX-License-Identifier: Apache-2.0
//
// Before the registry at the first start of a store: the server answers while the first account is
// still being made (hashing its password takes longer than all else of a start), and whoever may
// need that account waits until it is there.
#pragma once

#include "http/exchange.h"
#include "io/resume.h"

#include <atomic>
#include <mutex>
#include <vector>

namespace berth::app {

class FirstAccount final : public http::Service {
  public:
    /// `registry` must outlive the object.
    explicit FirstAccount(http::Service& registry) : registry_(registry) {}

    /// A GET or HEAD without credentials goes on at once, everything else after settle().
    io::Task<http::Response> handle(http::Exchange& exchange) override;

    http::Response refuse(const http::ProtocolError& error) override {
        return registry_.refuse(error);
    }

    void completed(const http::Exchange& exchange, const http::Outcome& outcome) override {
        registry_.completed(exchange, outcome);
    }

    void refused(const http::Refusal& refusal) override { registry_.refused(refusal); }

    /// The account is there, or never will be. Any thread.
    void settle();

  private:
    io::Task<http::Response> handle_later(http::Exchange& exchange);

    http::Service& registry_;
    std::atomic<bool> settled_ = false;
    std::mutex mutex_;
    std::vector<io::Signal> waiting_;  // guarded by mutex_
};

}  // namespace berth::app
