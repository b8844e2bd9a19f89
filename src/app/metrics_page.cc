// SPDX-License-Identifier: Apache-2.0
#include "app/metrics_page.h"

#include "app/process_statistics.h"
#include "app/upkeep_metrics.h"
#include "base/clock.h"
#include "berth_version.h"
#include "db/sqlite_writer.h"

#include <string_view>

namespace berth::app {

namespace {

using telemetry::Exposition;

void add_build(Exposition& page) {
    page.gauge("berth_build_info", "Always 1; the version is in the label.");
    page.sample({{"version", kVersion}}, std::uint64_t{1});
}

/// A histogram per operation that was asked for at all.
template <class View>
void add_by_operation(Exposition& page, const api::RequestMetrics& requests, View view) {
    const auto operations = requests.operations();
    for (std::size_t i = 0; i < operations.size(); ++i) {
        const telemetry::HistogramView shown = view(i);
        if (shown.count() > 0) {
            page.sample({{"operation", operations[i]}}, shown);
        }
    }
}

void add_request_counts(Exposition& page, const api::RequestMetrics& requests) {
    page.counter("berth_http_requests_total",
                 "Requests that are over, by operation and status; pairs that never were are left "
                 "out.");
    const auto operations = requests.operations();
    const auto statuses = api::RequestMetrics::statuses();
    for (std::size_t i = 0; i < operations.size(); ++i) {
        for (std::size_t j = 0; j < statuses.size(); ++j) {
            const std::uint64_t count = requests.requests(i, j);
            if (count > 0) {
                const std::string status =
                    statuses[j] == 0 ? std::string("other") : std::to_string(statuses[j]);
                page.sample({{"operation", operations[i]}, {"status", status}}, count);
            }
        }
    }
}

void add_requests(Exposition& page, const api::RequestMetrics& requests) {
    add_request_counts(page, requests);
    page.gauge("berth_http_requests_under_way", "Requests that were begun and are not over.",
               requests.under_way());
    page.histogram("berth_http_request_duration_seconds",
                   "From the end of a request's head to the last byte of its answer.");
    add_by_operation(page, requests, [&](std::size_t i) { return requests.durations(i); });
    page.histogram("berth_http_request_size_bytes", "Bytes of request bodies that were read.");
    add_by_operation(page, requests, [&](std::size_t i) { return requests.bytes_in(i); });
    page.histogram("berth_http_response_size_bytes", "Bytes that were sent, heads and bodies.");
    add_by_operation(page, requests, [&](std::size_t i) { return requests.bytes_out(i); });
}

void add_sign_ins(Exposition& page, const api::RequestMetrics& requests) {
    page.counter("berth_sign_ins_total", "Requests with good credentials, by their kind.");
    const auto ways = api::RequestMetrics::sign_in_ways();
    for (std::size_t i = 0; i < ways.size(); ++i) {
        page.sample({{"way", ways[i]}}, requests.sign_ins(i));
    }
    page.counter("berth_sign_ins_refused_total", "Requests whose credentials were refused.");
    const auto reasons = api::RequestMetrics::sign_in_refusals();
    for (std::size_t i = 0; i < reasons.size(); ++i) {
        page.sample({{"reason", reasons[i]}}, requests.sign_ins_refused(i));
    }
}

void add_connections(Exposition& page, const PortMetrics& ports, const io::ConnectionLimit& limit) {
    page.gauge("berth_connections", "Open connections, by port and protocol.");
    page.sample({{"port", "http"}, {"protocol", "http/1.1"}}, ports.plain.value());
    page.sample({{"port", "https"}, {"protocol", "handshake"}}, ports.shaking_hands.value());
    page.sample({{"port", "https"}, {"protocol", "http/1.1"}}, ports.tls_http1.value());
    page.sample({{"port", "https"}, {"protocol", "h2"}}, ports.tls_http2.value());
    page.counter("berth_connections_refused_total",
                 "Connections that were closed on arrival, by the limit that they exceeded.");
    page.sample({{"limit", "all"}}, limit.refused());
    page.sample({{"limit", "address"}}, limit.refused_by_address());
    page.counter("berth_tls_handshakes_total", "TLS handshakes, by how they ended.");
    page.sample({{"result", "ok"}}, ports.handshakes.value());
    page.sample({{"result", "failed"}}, ports.failed_handshakes.value());
    page.counter("berth_tls_connections_total", "TLS connections, by who encrypts what is sent.");
    page.sample({{"encrypted_by", "kernel"}}, ports.kernel_encrypts.value());
    page.sample({{"encrypted_by", "process"}}, ports.process_encrypts.value());
}

void add_certificate(Exposition& page, const io::TlsKeeper* tls) {
    page.gauge("berth_tls_certificate_not_after_seconds",
               "When the certificate in use ends, in seconds since 1970; none without TLS.");
    if (tls != nullptr) {
        page.sample(static_cast<double>(tls->current()->certificate().not_after));
    }
}

void add_pool(Exposition& page, const io::BlockingPool::Statistics& pool) {
    page.gauge("berth_blocking_threads", "Threads of the pool for work that blocks, by state.");
    page.sample({{"state", "busy"}}, std::uint64_t{pool.busy});
    page.sample({{"state", "idle"}}, std::uint64_t{pool.threads - pool.busy});
    page.gauge("berth_blocking_queue_jobs", "Jobs that wait for a thread of that pool.",
               std::uint64_t{pool.waiting});
    page.counter("berth_blocking_jobs_total", "Jobs that the pool has begun.", pool.jobs);
    page.counter("berth_blocking_jobs_refused_total", "Jobs refused because the queue was full.",
                 pool.refused);
}

void add_writer(Exposition& page, const db::WriterStatistics& writer) {
    page.gauge("berth_catalog_queue_jobs", "Writes that wait for the catalog's writer.",
               std::uint64_t{writer.waiting});
    page.counter("berth_catalog_writes_refused_total",
                 "Writes refused because that queue was full.", writer.refused);
    page.counter("berth_catalog_commits_total", "Commits, by how they ended.");
    page.sample({{"result", "ok"}}, writer.commits);
    page.sample({{"result", "failed"}}, writer.failed_commits);
    page.histogram("berth_catalog_batch_jobs", "Writes that were taken into one transaction.");
    page.sample({}, writer.batch_jobs);
    page.histogram("berth_catalog_commit_duration_seconds", "Commits, with their sync.");
    page.sample({}, writer.commit_seconds);
    page.counter("berth_catalog_checkpoints_total",
                 "Copies of the write-ahead log into the catalog, by how they ended.");
    page.sample({{"result", "ok"}}, writer.checkpoints);
    page.sample({{"result", "failed"}}, writer.failed_checkpoints);
    page.gauge("berth_catalog_log_frames", "Pages in the write-ahead log.",
               std::uint64_t{writer.log_frames});
}

void add_files(Exposition& page, const io::MeasuredFileSystem::Statistics& files) {
    page.histogram("berth_store_sync_duration_seconds",
                   "Syncs of blob files, uploads and their directories.");
    page.sample({}, files.syncs);
    page.counter("berth_store_errors_total", "Operations on blob files that failed.");
    page.sample({{"operation", "write"}}, files.failed_writes);
    page.sample({{"operation", "sync"}}, files.failed_syncs);
}

void add_caches(Exposition& page, const MetricsSources& sources) {
    page.counter("berth_cache_lookups_total",
                 "Questions to the caches of catalog answers, by whether they knew.");
    const auto add = [&page](std::string_view cache, const registry::CacheStatistics& lookups) {
        page.sample({{"cache", cache}, {"result", "hit"}}, lookups.hits);
        page.sample({{"cache", cache}, {"result", "miss"}}, lookups.misses);
    };
    add("blobs", sources.blobs.cache_statistics());
    add("manifests", sources.manifests.cache_statistics());
}

void add_health(Exposition& page, const MetricsSources& sources) {
    const StoreHealth::Snapshot health = sources.health.snapshot();
    page.gauge("berth_store_writable", "1 when it can be written, as far as is known.");
    page.sample({{"place", "catalog"}}, std::uint64_t{health.catalog ? 0U : 1U});
    page.sample({{"place", "objects"}}, std::uint64_t{health.objects ? 0U : 1U});
    page.counter("berth_store_degraded_total", "Times that writing became impossible.",
                 health.times_degraded);
    page.counter("berth_store_probes_total", "Times that writing was tried out.", health.probes);
    page.gauge("berth_disk_size_bytes", "Size of the data's file system.", health.disk.total_bytes);
    page.gauge("berth_disk_free_bytes", "What the server may still use of it.",
               health.disk.free_bytes);
    page.gauge("berth_disk_free_files", "Files that may still be made on it.",
               health.disk.free_files);
    page.gauge("berth_draining", "1 from SIGTERM on.",
               std::uint64_t{sources.readiness.draining() ? 1U : 0U});
    page.gauge("berth_ready", "1 when /readyz says 200.",
               std::uint64_t{
                   all_passed(sources.readiness.checks(now().ticks / kTicksPerSecond)) ? 1U : 0U});
}

void add_logs(Exposition& page, const MetricsSources& sources) {
    page.counter("berth_log_lines_dropped_total",
                 "Lines lost because whoever reads the log was too slow, or its disk full.");
    if (sources.access_log != nullptr) {
        page.sample({{"log", "access"}}, sources.access_log->dropped());
    }
    if (sources.audit_log != nullptr) {
        page.sample({{"log", "audit"}}, sources.audit_log->dropped());
    }
}

void add_process(Exposition& page) {
    const ProcessStatistics process = process_statistics();
    page.counter("process_cpu_seconds_total", "Processor time, user and system.",
                 process.cpu_seconds);
    page.gauge("process_open_fds", "Open file descriptors.", process.open_descriptors);
    page.gauge("process_max_fds", "How many there may be.", process.descriptors_max);
    page.gauge("process_resident_memory_bytes", "Resident memory.", process.resident_bytes);
    page.gauge("process_virtual_memory_bytes", "Virtual memory.", process.virtual_bytes);
    page.gauge("process_threads", "Threads.", process.threads);
    page.gauge("process_start_time_seconds", "Start of the process, in seconds since 1970.",
               process.start_seconds);
}

}  // namespace

std::string metrics_page(const MetricsSources& sources) {
    std::string text;
    text.reserve(64 * kKiB);
    Exposition page(text);
    add_build(page);
    add_requests(page, sources.requests);
    add_sign_ins(page, sources.requests);
    add_connections(page, sources.ports, sources.connections);
    add_certificate(page, sources.tls);
    add_pool(page, sources.pool.statistics());
    add_writer(page, sources.database.statistics());
    add_files(page, sources.files.statistics());
    add_caches(page, sources);
    add_garbage_metrics(page, sources.garbage.statistics());
    add_scrub_metrics(page, sources.scrub.statistics());
    add_retention_metrics(page, sources.retention.statistics());
    add_deleted_metrics(page, sources.deleted.statistics());
    add_health(page, sources);
    add_logs(page, sources);
    add_process(page);
    return text;
}

}  // namespace berth::app
