// SPDX-License-Identifier: Apache-2.0
//
// The page that /metrics shows: the only place where a number gets its name. docs/metrics.md lists
// every family, and a test compares the two.
#pragma once

#include "api/request_metrics.h"
#include "app/port_metrics.h"
#include "app/readiness.h"
#include "app/store_health.h"
#include "db/sqlite_database.h"
#include "io/blocking.h"
#include "io/listener.h"
#include "io/measured_file_system.h"
#include "io/tls_keeper.h"
#include "registry/blob_service.h"
#include "registry/deleted_service.h"
#include "registry/garbage_collector.h"
#include "registry/manifest_service.h"
#include "registry/retention_service.h"
#include "registry/scrub_service.h"
#include "telemetry/access_log.h"
#include "telemetry/audit_log.h"
#include "telemetry/exposition.h"

#include <string>

namespace berth::app {

/// Whose numbers are shown. References must outlive the page.
struct MetricsSources {
    const api::RequestMetrics& requests;
    const PortMetrics& ports;
    const io::ConnectionLimit& connections;
    const io::BlockingPool& pool;
    const io::MeasuredFileSystem& files;
    const db::SqliteDatabase& database;
    const registry::BlobService& blobs;
    const registry::ManifestService& manifests;
    const registry::GarbageCollector& garbage;
    const registry::ScrubService& scrub;
    const registry::RetentionService& retention;
    const registry::DeletedService& deleted;
    const StoreHealth& health;
    const Readiness& readiness;
    const io::TlsKeeper* tls;                // nullptr: nothing speaks https
    const telemetry::AccessLog* access_log;  // nullptr: off
    const telemetry::AuditLog* audit_log;    // nullptr: off
};

/// Any thread; takes well under a millisecond.
std::string metrics_page(const MetricsSources& sources);

}  // namespace berth::app
