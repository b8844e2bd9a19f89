// SPDX-License-Identifier: Apache-2.0
//
// The numbers of what goes on in the background, for the page of metrics.
#pragma once

#include "registry/deleted_service.h"
#include "registry/garbage_statistics.h"
#include "registry/retention_service.h"
#include "registry/scrub_service.h"
#include "telemetry/exposition.h"

namespace berth::app {

void add_garbage_metrics(telemetry::Exposition& page, const registry::GarbageStatistics& done);
void add_scrub_metrics(telemetry::Exposition& page, const registry::ScrubStatistics& done);
void add_retention_metrics(telemetry::Exposition& page, const registry::RetentionStatistics& done);
void add_deleted_metrics(telemetry::Exposition& page, const registry::DeletedStatistics& bin);

}  // namespace berth::app
