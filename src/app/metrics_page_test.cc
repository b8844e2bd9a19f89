// SPDX-License-Identifier: Apache-2.0
#include "app/metrics_page.h"

#include "app/testing/watched_store.h"
#include "blob/fs/fs_blob_store.h"
#include "telemetry/testing_exposition.h"

#include <gtest/gtest.h>

#include <memory>

namespace berth::app {
namespace {

class MetricsPageTest : public WatchedStore {
  protected:
    telemetry::ExpositionReader page() const {
        return telemetry::ExpositionReader(metrics_page(
            MetricsSources{requests_, ports_, limit_, pool_, measured_, *database_, blob_service_,
                           manifest_service_, garbage_, scrub_, retention_, deleted_, health_,
                           readiness_, nullptr, nullptr, nullptr}));
    }

    api::RequestMetrics requests_;
    PortMetrics ports_;
    io::ConnectionLimit limit_{1, 1};
    io::MeasuredFileSystem measured_{io::real_file_system()};
    std::unique_ptr<blob::BlobStore> store_ =
        blob::open_fs_blob_store(directory_.path(), measured_, pool_).value();
    registry::BlobService blob_service_{*database_, *store_};
    registry::ManifestService manifest_service_{*database_, *store_, registry::ManifestPolicy()};
    registry::GarbageCollector garbage_{*database_, *store_, {}};
    registry::ScrubService scrub_{*database_, *store_, pool_, log_};
    registry::RetentionService retention_{*database_, {}, {}};
    registry::DeletedService deleted_{*database_, 0, false};
};

TEST_F(MetricsPageTest, IsWellFormedAndSaysWhatFamiliesMean) {
    const telemetry::ExpositionReader read = page();
    EXPECT_GT(read.families().size(), 40U);
    for (const auto& [name, family] : read.families()) {
        EXPECT_TRUE(name.starts_with("berth_") || name.starts_with("process_")) << name;
        EXPECT_FALSE(family.help.empty()) << name;
        EXPECT_EQ(name.ends_with("_total"), family.type == "counter") << name;
    }
}

TEST_F(MetricsPageTest, ShowsWhatHappened) {
    http::Outcome outcome;
    outcome.status = 431;
    requests_.refused(outcome);
    ports_.note_handshake(true, false);
    ports_.note_handshake(false, false);
    readiness_.begin_drain();
    const telemetry::ExpositionReader read = page();
    EXPECT_EQ(read.value(R"(berth_http_requests_total{operation="refused_head",status="431"})"), 1);
    EXPECT_EQ(read.value(R"(berth_tls_handshakes_total{result="ok"})"), 1);
    EXPECT_EQ(read.value(R"(berth_tls_handshakes_total{result="failed"})"), 1);
    EXPECT_EQ(read.value(R"(berth_tls_connections_total{encrypted_by="process"})"), 1);
    EXPECT_EQ(read.value("berth_draining"), 1);
    EXPECT_EQ(read.value("berth_ready"), 0);
}

TEST_F(MetricsPageTest, ShowsAStoreThatTakesNothing) {
    EXPECT_EQ(page().value(R"(berth_store_writable{place="objects"})"), 1);
    files_.fault = Errc::disk_full;
    health_.write_failed(Error(Errc::disk_full));
    (void)look();
    EXPECT_EQ(page().value(R"(berth_store_writable{place="objects"})"), 0);
    EXPECT_EQ(page().value(R"(berth_store_writable{place="catalog"})"), 1);
    EXPECT_EQ(page().value("berth_store_degraded_total"), 1);
    EXPECT_GT(page().value("berth_disk_size_bytes").value_or(0), 0);
}

}  // namespace
}  // namespace berth::app
