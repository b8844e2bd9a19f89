// SPDX-License-Identifier: Apache-2.0
//
// The order every request follows: parse target -> route -> authenticate -> authorise -> handler ->
// render. Nothing else stands between socket and handler. One object serves all I/O threads; what
// it counts (request rates, memory of bodies) may be used from any of them.
#pragma once

#include "api/context.h"
#include "api/request_metrics.h"
#include "api/request_rate.h"
#include "api/routes.h"
#include "auth/policy.h"
#include "http/exchange.h"
#include "http/forwarded.h"
#include "telemetry/access_log.h"
#include "telemetry/audit_log.h"
#include "telemetry/log.h"

#include <expected>
#include <string_view>
#include <utility>

namespace berth::api {

/// Hears of requests that were to change something and could not. Any thread.
class WriteObserver {
  public:
    virtual ~WriteObserver() = default;
    /// Whatever the error was, the client's own mistakes among them.
    virtual void write_failed(const Error& error) = 0;
};

class Pipeline final : public http::Service {
  public:
    struct Parts {
        Services services;
        SignIn sign_in;
        const auth::Policy& policy;
        const Limits& limits;
        telemetry::Logger& log;
        telemetry::AccessLog* access_log;          // null: switched off
        telemetry::AuditLog* audit_log = nullptr;  // the same
        http::TrustedProxies proxies = {};
        RequestMetrics* metrics = nullptr;  // the same
        WriteObserver* observer = nullptr;  // the same
    };

    /// Everything in `parts` must outlive the pipeline.
    explicit Pipeline(Parts parts)
        : parts_(std::move(parts)),
          address_rate_(parts_.limits.requests_per_second_per_address_max),
          account_rate_(parts_.limits.requests_per_second_per_account_max),
          body_memory_(parts_.limits.body_memory_bytes_max) {}

    io::Task<http::Response> handle(http::Exchange& exchange) override;
    http::Response refuse(const http::ProtocolError& error) override;
    void completed(const http::Exchange& exchange, const http::Outcome& outcome) override;
    void refused(const http::Refusal& refusal) override;

  private:
    struct Located {
        Located(RouteMatch route_match, std::string_view text)
            : match(std::move(route_match)), query(text) {}

        RouteMatch match;
        std::string_view query;
    };

    std::expected<Located, http::Response> locate(http::Exchange& exchange);
    io::Task<http::Response> routed(http::Exchange& exchange, RouteMatch match,
                                    std::string_view query);
    io::Task<Result<http::Response>> authorised(Context& context, const Route& route,
                                                bool query_readable);
    io::Task<Result<http::Response>> identified(Context& context, const Route& route,
                                                std::string_view authorization,
                                                bool query_readable);
    io::Task<Result<http::Response>> permitted(Context& context, const Route& route,
                                               bool query_readable);
    Result<void> check_rights(Context& context, const Route& route) const;
    http::Response finished(const Context& context, const Route& route,
                            Result<http::Response> answer);
    bool is_asked_to_sign_in(const Route& route) const;
    http::Response unauthorized(const Context& context, const Route& route, Errc why);
    http::Response failed(const http::Exchange& exchange, const Error& error);

    Parts parts_;
    RequestRate address_rate_;
    RequestRate account_rate_;
    http::BodyMemory body_memory_;
};

}  // namespace berth::api
