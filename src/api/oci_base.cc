// SPDX-License-Identifier: Apache-2.0
//
// GET /v2/ (acr-wire 5): the two bytes `{}`, without the newline other JSON answers end with.
#include "api/handlers.h"

namespace berth::api {

HandlerResult get_base(Context& /*context*/) {
    http::Response response(200);
    response.content_type = "application/json; charset=utf-8";
    response.body = std::string("{}");
    co_return response;
}

}  // namespace berth::api
