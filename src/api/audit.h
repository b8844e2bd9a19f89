// SPDX-License-Identifier: Apache-2.0
//
// Which requests leave a line in the audit log, and what it says (docs/audit.md): what was refused,
// what changed something, who signed in. A read that is allowed leaves none and costs nothing.
#pragma once

#include "api/context.h"
#include "api/routes.h"
#include "http/message.h"
#include "telemetry/audit_log.h"

namespace berth::api {

/// Whether an answer with `status` to a request for `route` says that something was changed. True
/// of routes that nobody thought of here: one line too many is better than one missing.
bool is_change(const Route& route, int status);

/// After the handler, before the answer is sent.
void audit(telemetry::AuditLog& log, const Context& context, const Route& route,
           const http::Response& response);

}  // namespace berth::api
