// SPDX-License-Identifier: Apache-2.0
#include "api/form.h"

#include "base/limits.h"
#include "base/try.h"

namespace berth::api {

namespace {

bool is_form(const http::RequestHead& request) {
    const std::string_view type = request.header("Content-Type").value_or("");
    return http::equal_ignoring_case(http::trimmed(type.substr(0, type.find(';'))),
                                     "application/x-www-form-urlencoded");
}

}  // namespace

io::Task<Result<http::Query>> read_form(http::Exchange& exchange, http::BodyMemory::Share& share) {
    if (!is_form(exchange.request)) {
        co_return fail(Errc::bad_request, "not a form");
    }
    BERTH_CO_TRY(const std::string text,
                 co_await http::read_all(exchange.body, kFormBytesMax, share));
    std::optional<http::Query> fields = http::Query::parse(text);
    if (!fields) {
        co_return fail(Errc::bad_request, "malformed form");
    }
    co_return *std::move(fields);
}

Result<std::optional<std::string_view>> single(const http::Query& fields, std::string_view name) {
    const std::vector<std::string_view> values = fields.all(name);
    if (values.size() > 1) {
        return fail(Errc::bad_request, "a field is there twice");
    }
    return values.empty() ? std::nullopt : std::optional(values.front());
}

}  // namespace berth::api
