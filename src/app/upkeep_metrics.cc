// SPDX-License-Identifier: Apache-2.0
#include "app/upkeep_metrics.h"

namespace berth::app {

using telemetry::Exposition;

void add_retention_metrics(Exposition& page, const registry::RetentionStatistics& done) {
    page.counter("berth_retention_runs_total", "Runs of the retention rules, by how they ended.");
    page.sample({{"result", "ok"}}, done.runs);
    page.sample({{"result", "failed"}}, done.runs_failed);
    page.counter("berth_retention_removed_total", "What retention rules removed.");
    page.sample({{"kind", "tag"}}, done.tags_removed);
    page.sample({{"kind", "manifest"}}, done.manifests_removed);
    page.gauge("berth_retention_last_run_seconds",
               "End of the last run, in seconds since 1970; 0: none since the start.",
               static_cast<double>(done.last_run));
}

void add_deleted_metrics(Exposition& page, const registry::DeletedStatistics& bin) {
    page.gauge("berth_deleted_items", "What soft delete keeps, when it was last counted.");
    page.sample({{"kind", "tag"}}, bin.tags);
    page.sample({{"kind", "manifest"}}, bin.manifests);
    page.counter("berth_deleted_purged_total", "What soft delete kept for long enough.");
    page.sample({{"kind", "tag"}}, bin.tags_purged);
    page.sample({{"kind", "manifest"}}, bin.manifests_purged);
    page.gauge("berth_deleted_last_purge_seconds",
               "End of the last round of purging, in seconds since 1970; 0: none since the start.",
               static_cast<double>(bin.last_purge));
}

}  // namespace berth::app
