// SPDX-License-Identifier: Apache-2.0
//
// What the pipeline counts of every request: how many, how long, how large, by operation and by
// status, and who signed in how. All of that comes from fixed tables, so nothing that a client
// chooses makes a label. Any thread.
#pragma once

#include "http/exchange.h"
#include "telemetry/metrics.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace berth::api {

class RequestMetrics {
  public:
    RequestMetrics();

    /// A request reached the pipeline; completed() ends it.
    void began() { under_way_.enter(); }

    /// Of a request that did not reach the pipeline, too.
    void completed(const http::Exchange& exchange, const http::Outcome& outcome);
    /// A head that never became a request.
    void refused(const http::Outcome& outcome);

    /// Requests that were begun and are not completed.
    std::uint64_t under_way() const { return under_way_.value(); }

    /// Each operation of the table of URLs once, `none` for what is none of them, `refused_head`.
    std::span<const std::string_view> operations() const { return operations_; }

    /// 0 stands for all that are not named.
    static std::span<const int> statuses();

    /// By the places of the two in operations() and statuses().
    std::uint64_t requests(std::size_t operation, std::size_t status) const;

    /// By the place in operations(), as the next two.
    telemetry::HistogramView durations(std::size_t operation) const {
        return durations_.view(operation);
    }

    telemetry::HistogramView bytes_in(std::size_t operation) const {
        return bytes_in_.view(operation);
    }

    telemetry::HistogramView bytes_out(std::size_t operation) const {
        return bytes_out_.view(operation);
    }

    /// How requests were signed that were signed well.
    static std::span<const std::string_view> sign_in_ways();

    std::uint64_t sign_ins(std::size_t way) const { return sign_ins_.value(way); }

    /// Why credentials were refused.
    static std::span<const std::string_view> sign_in_refusals();

    std::uint64_t sign_ins_refused(std::size_t reason) const {
        return sign_ins_refused_.value(reason);
    }

  private:
    void record(std::size_t operation, const http::Outcome& outcome);
    void record_sign_in(const http::Exchange& exchange);

    std::vector<std::string_view> operations_;
    std::vector<std::size_t> operation_of_route_;  // by Exchange::route
    telemetry::CounterTable requests_;
    telemetry::HistogramTable durations_;
    telemetry::HistogramTable bytes_in_;
    telemetry::HistogramTable bytes_out_;
    telemetry::CounterTable sign_ins_;
    telemetry::CounterTable sign_ins_refused_;
    telemetry::Gauge under_way_;
};

}  // namespace berth::api
