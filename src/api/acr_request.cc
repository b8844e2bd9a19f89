// SPDX-License-Identifier: Apache-2.0
#include "api/acr_request.h"

#include "api/challenge.h"
#include "api/paging.h"

namespace berth::api {

Result<std::string> host_of(const Context& context) {
    auto service = service_of(context.exchange);
    if (!service) {
        return fail(Error(Errc::bad_request).with_message("missing or malformed Host"));
    }
    return *std::move(service);
}

registry::Order order_of(const Context& context) {
    const std::string_view text = context.query.get("orderby").value_or("");
    if (text == "timeasc") {
        return registry::Order::oldest_first;
    }
    return text == "timedesc" ? registry::Order::newest_first : registry::Order::by_name;
}

io::Task<Result<std::string>> read_attributes(Context& context) {
    Result<std::string> body = co_await http::read_all(
        context.exchange.body, context.limits.attributes_bytes_max, context.body_share);
    if (!body && body.error().code == Errc::payload_too_large) {
        co_return fail(Error(Errc::attributes_too_large)
                           .with_message("the attributes are larger than " +
                                         std::to_string(context.limits.attributes_bytes_max) +
                                         " bytes"));
    }
    co_return body;
}

http::Response json_response(int status, std::string text) {
    http::Response response(status);
    response.content_type = "application/json; charset=utf-8";
    response.body = std::move(text);
    return response;
}

void add_next_link(http::Response& response, const Context& context, std::string_view path,
                   std::string_view filter, const std::string& last, std::uint32_t limit) {
    std::vector<std::pair<std::string_view, std::string>> parameters;
    if (!filter.empty()) {
        parameters.emplace_back("digest", filter);
    }
    parameters.emplace_back("last", last);
    parameters.emplace_back("n", std::to_string(limit));
    parameters.emplace_back("orderby", context.query.get("orderby").value_or(""));
    response.headers.emplace_back("Link", next_link(path, parameters));
}

}  // namespace berth::api
