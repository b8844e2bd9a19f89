// SPDX-License-Identifier: Apache-2.0
#include "app/admin_service.h"

#include "base/clock.h"
#include "telemetry/exposition.h"

#include <string_view>
#include <utility>

namespace berth::app {

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

http::Response text_response(int status, std::string_view content_type, std::string text) {
    http::Response response(status);
    response.content_type = content_type;
    response.headers.emplace_back("Cache-Control", "no-store");
    response.body = std::move(text);
    return response;
}

}  // namespace

AdminService::AdminService(const Readiness& readiness, Metrics metrics)
    : readiness_(readiness), metrics_(std::move(metrics)) {}

io::Task<http::Response> AdminService::handle(http::Exchange& exchange) {
    co_return answer(exchange.request);
}

http::Response AdminService::answer(const http::RequestHead& request) const {
    const std::string_view path = request.target.substr(0, request.target.find('?'));
    if (path != "/healthz" && path != "/readyz" && path != "/metrics") {
        return text_response(404, kText, "not found: /healthz, /readyz and /metrics are here\n");
    }
    if (request.method != http::Method::get && request.method != http::Method::head) {
        http::Response response = text_response(405, kText, "only GET and HEAD\n");
        response.headers.emplace_back("Allow", "GET, HEAD");
        return response;
    }
    if (path == "/healthz") {
        return text_response(200, kText, "ok\n");
    }
    return path == "/readyz" ? ready() : text_response(200, telemetry::kExpositionType, metrics_());
}

http::Response AdminService::ready() const {
    const std::vector<Check> checks = readiness_.checks(now().ticks / kTicksPerSecond);
    return text_response(all_passed(checks) ? 200 : 503, "application/json; charset=utf-8",
                         checks_json(checks));
}

http::Response AdminService::refuse(const http::ProtocolError& error) {
    return text_response(error.status, kText, std::string(error.reason) + "\n");
}

}  // namespace berth::app
