// SPDX-License-Identifier: Apache-2.0
#include "api/request_metrics.h"

#include "api/routes.h"
#include "base/error.h"
#include "oci/access.h"

#include <algorithm>
#include <array>

namespace berth::api {

namespace {

constexpr std::string_view kNone = "none";
constexpr std::string_view kRefusedHead = "refused_head";

// Ascending but for the first.
constexpr std::array kStatuses{0,   200, 201, 202, 204, 206, 301, 304, 307, 400, 401,
                               403, 404, 405, 406, 408, 409, 411, 412, 413, 414, 415,
                               416, 417, 421, 429, 431, 500, 501, 503, 505, 507};
constexpr std::size_t kStatusEnd = 600;

constexpr auto kPlaceOfStatus = [] {
    std::array<std::uint8_t, kStatusEnd> places{};
    for (std::size_t i = 1; i < kStatuses.size(); ++i) {
        places[static_cast<std::size_t>(kStatuses[i])] = static_cast<std::uint8_t>(i);
    }
    return places;
}();

std::size_t place_of_status(int status) {
    const auto index = static_cast<std::size_t>(std::max(status, 0));
    return index < kPlaceOfStatus.size() ? kPlaceOfStatus[index] : 0;
}

const std::array kWays{
    oci::name_of(oci::SignIn::password), oci::name_of(oci::SignIn::local_account),
    oci::name_of(oci::SignIn::access_token), oci::name_of(oci::SignIn::refresh_token),
    oci::name_of(oci::SignIn::issuer_token)};

const std::array kRefusals{berth::name_of(Errc::unauthenticated),
                           berth::name_of(Errc::token_malformed),
                           berth::name_of(Errc::token_invalid), berth::name_of(Errc::rate_limited)};

std::size_t place_in(std::span<const std::string_view> names, std::string_view name) {
    return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

std::vector<std::string_view> all_operations() {
    std::vector<std::string_view> names{kNone, kRefusedHead};
    for (const Route& route : routes()) {
        if (std::ranges::find(names, route.operation) == names.end()) {
            names.push_back(route.operation);
        }
    }
    return names;
}

}  // namespace

RequestMetrics::RequestMetrics()
    : operations_(all_operations()),
      requests_(operations_.size() * kStatuses.size()),
      durations_(operations_.size(), telemetry::duration_buckets()),
      bytes_in_(operations_.size(), telemetry::size_buckets()),
      bytes_out_(operations_.size(), telemetry::size_buckets()),
      sign_ins_(kWays.size()),
      sign_ins_refused_(kRefusals.size()) {
    operation_of_route_.reserve(routes().size() + 1);
    operation_of_route_.push_back(place_in(operations_, kNone));
    for (const Route& route : routes()) {
        operation_of_route_.push_back(place_in(operations_, route.operation));
    }
}

void RequestMetrics::completed(const http::Exchange& exchange, const http::Outcome& outcome) {
    record(operation_of_route_[exchange.route], outcome);
    record_sign_in(exchange);
    // Others stand before the pipeline and may answer without it.
    if (!exchange.correlation_id.empty()) {
        under_way_.leave();  // last: with nothing under way everything is counted
    }
}

void RequestMetrics::refused(const http::Outcome& outcome) {
    record(place_in(operations_, kRefusedHead), outcome);
}

void RequestMetrics::record(std::size_t operation, const http::Outcome& outcome) {
    requests_.add((operation * kStatuses.size()) + place_of_status(outcome.status));
    durations_.observe(operation, outcome.duration);
    bytes_in_.observe(operation, outcome.bytes_in);
    bytes_out_.observe(operation, outcome.bytes_out);
}

// Who shows nothing is `none` and may be refused, too: that is no sign-in. Who is known was signed
// in, whatever the request was refused for after that (a rate, a quota).
void RequestMetrics::record_sign_in(const http::Exchange& exchange) {
    if (exchange.sign_in == oci::name_of(oci::SignIn::none)) {
        return;
    }
    if (exchange.principal_kind.empty()) {
        const std::size_t reason = place_in(kRefusals, exchange.refusal);
        if (reason < kRefusals.size()) {
            sign_ins_refused_.add(reason);
        }
        return;
    }
    const std::size_t way = place_in(kWays, exchange.sign_in);
    if (way < kWays.size()) {
        sign_ins_.add(way);
    }
}

std::span<const int> RequestMetrics::statuses() {
    return kStatuses;
}

std::uint64_t RequestMetrics::requests(std::size_t operation, std::size_t status) const {
    return requests_.value((operation * kStatuses.size()) + status);
}

std::span<const std::string_view> RequestMetrics::sign_in_ways() {
    return kWays;
}

std::span<const std::string_view> RequestMetrics::sign_in_refusals() {
    return kRefusals;
}

}  // namespace berth::api
