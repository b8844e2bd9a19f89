// SPDX-License-Identifier: Apache-2.0
//
// GET, PATCH, DELETE /acr/v1/{name} (acr-wire 7).
#include "api/acr_json.h"
#include "api/acr_request.h"
#include "api/attributes_body.h"
#include "api/handlers.h"
#include "base/try.h"

namespace berth::api {

HandlerResult get_acr_repository(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const registry::RepositoryRow row,
                 co_await context.services.metadata.repository(context.repository()));
    co_return json_response(200, repository_json(host, context.parameters.name, row));
}

HandlerResult patch_acr_repository(Context& context) {
    BERTH_CO_TRY(const std::string host, host_of(context));
    BERTH_CO_TRY(const std::string body, co_await read_attributes(context));
    BERTH_CO_TRY(const registry::RepositoryChange change, parse_repository_change(body));
    BERTH_CO_TRY(
        const registry::RepositoryRow row,
        co_await context.services.metadata.change_repository(context.repository(), change));
    co_return json_response(200, repository_json(host, context.parameters.name, row));
}

HandlerResult delete_acr_repository(Context& context) {
    BERTH_CO_TRY(const registry::RemovedRepository removed,
                 co_await context.services.metadata.remove_repository(context.repository(),
                                                                      context.principal.name));
    co_return json_response(202, removed_repository_json(removed));
}

}  // namespace berth::api
