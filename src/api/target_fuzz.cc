// SPDX-License-Identifier: Apache-2.0
//
// The whole input as a request target: path, query, and every route's matching. What is found has
// the shapes its route demands.
#include "api/routes.h"
#include "base/assert.h"
#include "base/limits.h"
#include "http/uri.h"

#include <cstddef>
#include <cstdint>

namespace {

using namespace berth;

void check_match(http::Method method, const http::Target& target, const http::Query& query) {
    const api::RouteMatch match = api::match_route(method, target.path);
    BERTH_CHECK((match.kind == api::RouteMatch::Kind::found) == (match.route != nullptr));
    BERTH_CHECK((match.kind == api::RouteMatch::Kind::wrong_method) == !match.allowed.empty());
    if (match.route == nullptr) {
        return;
    }
    const api::RouteParameters& parameters = match.parameters;
    const bool named = match.route->pattern.find("{name}") != std::string_view::npos;
    BERTH_CHECK(named == oci::Repository::parse(parameters.name).has_value());
    BERTH_CHECK(parameters.reference.find('/') == std::string::npos);
    BERTH_CHECK(target.path.find(parameters.name) != std::string::npos);
    for (const oci::Scope& scope : api::scopes_of(*match.route, parameters, query)) {
        BERTH_CHECK(scope.type == "registry" || oci::Repository::parse(scope.name));
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto target = http::parse_target(input);
    if (!target) {
        return 0;
    }
    BERTH_CHECK(target->path.starts_with('/') && target->path.find('\0') == std::string::npos);
    BERTH_CHECK(target->query.find('\0') == std::string_view::npos);
    const auto query = http::Query::parse(target->query).value_or(http::Query());
    BERTH_CHECK(query.all("tag").size() <= kQueryParametersMax);
    BERTH_CHECK(query.all("tag").empty() == !query.get("tag").has_value());
    for (const http::Method method :
         {http::Method::get, http::Method::head, http::Method::post, http::Method::put,
          http::Method::patch, http::Method::remove, http::Method::other}) {
        check_match(method, *target, query);
    }
    return 0;
}
