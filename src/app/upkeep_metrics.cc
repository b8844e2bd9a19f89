// SPDX-License-Identifier: Apache-2.0
#include "app/upkeep_metrics.h"

#include "base/clock.h"

namespace berth::app {

using telemetry::Exposition;

namespace {

double seconds_of(Timestamp time) {
    return static_cast<double>(time.ticks) / static_cast<double>(kTicksPerSecond);
}

}  // namespace

void add_garbage_metrics(Exposition& page, const registry::GarbageStatistics& done) {
    page.counter("berth_gc_cycles_total", "Cycles of the garbage collection that ended.",
                 done.cycles);
    page.counter("berth_gc_failures_total", "Steps of the garbage collection that failed.",
                 done.failures);
    page.counter("berth_gc_removed_total", "What it removed.");
    page.sample({{"kind", "blob"}}, done.total.removed.count);
    page.sample({{"kind", "orphan"}}, done.total.orphans.count);
    page.sample({{"kind", "link"}}, done.total.links_dropped);
    page.counter("berth_gc_removed_bytes_total", "Bytes of what it removed.");
    page.sample({{"kind", "blob"}}, done.total.removed.bytes);
    page.sample({{"kind", "orphan"}}, done.total.orphans.bytes);
    page.gauge("berth_gc_running", "1 while a cycle goes on.",
               std::uint64_t{done.running ? 1U : 0U});
    page.gauge("berth_gc_last_cycle_seconds",
               "End of the last cycle, in seconds since 1970; 0: none since the start.",
               seconds_of(done.last_finished));
}

void add_scrub_metrics(Exposition& page, const registry::ScrubStatistics& done) {
    page.counter("berth_scrub_blobs_total",
                 "Blobs read again in the background, by what was found.");
    page.sample({{"result", "intact"}}, done.blobs_checked - done.damaged - done.unreadable);
    page.sample({{"result", "damaged"}}, done.damaged);
    page.sample({{"result", "unreadable"}}, done.unreadable);
    page.counter("berth_scrub_bytes_total", "Bytes of them.", done.bytes_checked);
    page.counter("berth_scrub_passes_total", "Times that all blobs were read.", done.passes);
    page.gauge("berth_scrub_last_pass_seconds",
               "End of the last pass, in seconds since 1970; 0: never.",
               seconds_of(done.pass_completed));
}

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
