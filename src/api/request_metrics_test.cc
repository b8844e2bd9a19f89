// SPDX-License-Identifier: Apache-2.0
#include "api/request_metrics.h"

#include "api/routes.h"
#include "http/testing/fake_body.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <numeric>
#include <string>

namespace berth::api {
namespace {

class RequestMetricsTest : public testing::Test {
  protected:
    http::Exchange& exchange(std::string_view operation) {
        exchange_.operation = operation;
        exchange_.route = 0;
        for (std::size_t i = 0; i < routes().size(); ++i) {
            if (routes()[i].operation == operation) {
                exchange_.route = static_cast<std::uint16_t>(i + 1);
            }
        }
        exchange_.correlation_id = "id";
        return exchange_;
    }

    static http::Outcome outcome(int status) {
        http::Outcome made;
        made.status = status;
        made.bytes_in = 10;
        made.bytes_out = 5000;
        made.duration = std::chrono::milliseconds(3);
        return made;
    }

    std::size_t place_of(std::string_view operation) const {
        const auto names = metrics_.operations();
        return static_cast<std::size_t>(std::ranges::find(names, operation) - names.begin());
    }

    std::uint64_t requests(std::string_view operation, int status) const {
        const auto all = RequestMetrics::statuses();
        return metrics_.requests(
            place_of(operation),
            static_cast<std::size_t>(std::ranges::find(all, status) - all.begin()));
    }

    std::uint64_t all_requests() const {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < metrics_.operations().size(); ++i) {
            for (std::size_t j = 0; j < RequestMetrics::statuses().size(); ++j) {
                sum += metrics_.requests(i, j);
            }
        }
        return sum;
    }

    http::RequestHead head_;
    http::FakeBody body_{{}, 0};
    http::Exchange exchange_{head_, body_, "192.0.2.1", false};
    RequestMetrics metrics_;
};

TEST_F(RequestMetricsTest, CountsByOperationAndStatus) {
    metrics_.began();
    metrics_.completed(exchange("blob_get"), outcome(206));
    metrics_.began();
    metrics_.completed(exchange("blob_get"), outcome(200));
    metrics_.refused(outcome(431));
    EXPECT_EQ(requests("blob_get", 206), 1U);
    EXPECT_EQ(requests("blob_get", 200), 1U);
    EXPECT_EQ(requests("refused_head", 431), 1U);
    EXPECT_EQ(all_requests(), 3U);
    EXPECT_EQ(metrics_.durations(place_of("blob_get")).count(), 2U);
    EXPECT_EQ(metrics_.bytes_in(place_of("blob_get")).sum, 20U);
    EXPECT_EQ(metrics_.bytes_out(place_of("blob_get")).sum, 10'000U);
}

TEST_F(RequestMetricsTest, WhatIsInNoTableHasACellToo) {
    metrics_.completed(exchange("none"), outcome(404));
    for (const int status : {0, -1, 99, 299, 600, 1'000'000}) {
        metrics_.completed(exchange("none"), outcome(status));
    }
    EXPECT_EQ(requests("none", 404), 1U);
    EXPECT_EQ(requests("none", 0), 6U);
}

TEST_F(RequestMetricsTest, StatusesOfHeadsThatAreRefusedHaveTheirOwn) {
    for (const int status : {400, 408, 414, 417, 431, 501, 505}) {
        metrics_.refused(outcome(status));
        EXPECT_EQ(requests("refused_head", status), 1U) << status;
    }
    EXPECT_EQ(requests("refused_head", 0), 0U);
}

TEST_F(RequestMetricsTest, KnowsWhatIsUnderWay) {
    metrics_.began();
    metrics_.began();
    EXPECT_EQ(metrics_.under_way(), 2U);
    metrics_.completed(exchange("base"), outcome(200));
    EXPECT_EQ(metrics_.under_way(), 1U);
    exchange_.correlation_id.clear();
    metrics_.completed(exchange_, outcome(421));
    EXPECT_EQ(metrics_.under_way(), 1U) << "answered before the pipeline";
}

TEST_F(RequestMetricsTest, SignInsAndTheirRefusals) {
    const auto ways = RequestMetrics::sign_in_ways();
    const auto refusals = RequestMetrics::sign_in_refusals();
    const auto total = [](std::span<const std::string_view> names, auto value) {
        std::uint64_t sum = 0;
        for (std::size_t i = 0; i < names.size(); ++i) {
            sum += value(i);
        }
        return sum;
    };
    const auto good = [&] { return total(ways, [&](auto i) { return metrics_.sign_ins(i); }); };
    const auto bad = [&] {
        return total(refusals, [&](auto i) { return metrics_.sign_ins_refused(i); });
    };
    http::Exchange& one = exchange("manifest_get");
    metrics_.completed(one, outcome(404));
    one.sign_in = "none";
    one.refusal = "unauthenticated";
    metrics_.completed(one, outcome(401));
    EXPECT_EQ(good() + bad(), 0U) << "nobody tried to sign in";
    one.sign_in = "password";
    one.principal_kind = "user";
    one.refusal = "scope_insufficient";
    metrics_.completed(one, outcome(401));
    EXPECT_EQ(good(), 1U) << "the password was right";
    one.refusal = "rate_limited";
    metrics_.completed(one, outcome(429));
    EXPECT_EQ(good(), 2U) << "too many requests or uploads of somebody who is known";
    EXPECT_EQ(bad(), 0U);
    one.principal_kind = "";
    one.refusal = "unavailable";
    metrics_.completed(one, outcome(503));
    EXPECT_EQ(good() + bad(), 2U) << "nobody looked at the password";
    one.sign_in = "";
    one.refusal = "token_invalid";
    metrics_.completed(one, outcome(401));
    EXPECT_EQ(bad(), 1U);
}

TEST_F(RequestMetricsTest, EveryOperationHasOneRow) {
    const auto names = metrics_.operations();
    for (const Route& route : routes()) {
        EXPECT_EQ(std::ranges::count(names, route.operation), 1) << route.operation;
    }
}

}  // namespace
}  // namespace berth::api
