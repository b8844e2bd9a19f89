// SPDX-License-Identifier: Apache-2.0
#include "app/certificate_watch.h"

#include "io/spawn.h"
#include "io/testing/temporary_directory.h"
#include "io/testing/test_certificate.h"
#include "telemetry/testing_pipe.h"

#include <gmock/gmock.h>

#include <thread>

namespace berth::app {
namespace {

using testing::HasSubstr;

class CertificateWatchTest : public testing::Test {
  protected:
    CertificateWatchTest() {
        files_.certificate = directory_.path() / "cert.pem";
        files_.key = directory_.path() / "key.pem";
        io::TestCertificate("first").write(files_.certificate, files_.key);
        keeper_ = io::TlsKeeper::load(files_).value();
    }

    io::TemporaryDirectory directory_;
    io::TlsFiles files_;
    std::unique_ptr<io::TlsKeeper> keeper_;
    telemetry::Pipe pipe_;
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::info, pipe_.writer()};
    io::Loop loop_;
    io::BlockingPool pool_{1, 8};
};

TEST_F(CertificateWatchTest, ReloadingSpeaks) {
    reload_certificate(*keeper_, log_);
    EXPECT_THAT(pipe_.read_lines(1), HasSubstr("tls_reloaded subject=\"CN=first\" serial=4711"));
    std::filesystem::remove(files_.key);
    reload_certificate(*keeper_, log_);
    EXPECT_THAT(pipe_.read_lines(3), HasSubstr("tls_not_reloaded"));
    EXPECT_EQ(keeper_->current()->certificate().subject, "CN=first");
}

TEST_F(CertificateWatchTest, ChangesAreTakenAndADrainEndsIt) {
    io::spawn(loop_, watch_certificate(loop_, pool_, *keeper_, log_, std::chrono::milliseconds(1)));
    std::jthread thread([this] { loop_.run(); });
    // The test's certificate lasts an hour.
    EXPECT_THAT(pipe_.read_lines(1), HasSubstr("certificate_ends_soon"));
    io::TestCertificate("second").write(directory_.path() / "new.pem",
                                        directory_.path() / "new-key");
    std::filesystem::rename(directory_.path() / "new.pem", files_.certificate);
    std::filesystem::rename(directory_.path() / "new-key", files_.key);
    std::string log;
    for (int lines = 2; !log.contains("CN=second") && lines < 6; ++lines) {
        log = pipe_.read_lines(lines);
    }
    EXPECT_THAT(log, HasSubstr("tls_reloaded subject=\"CN=second\""));
    boost::asio::post(loop_.context(), [this] {
        loop_.drain_all();
        loop_.stop();
    });
}

TEST_F(CertificateWatchTest, WarnsTwoWeeksAhead) {
    constexpr std::int64_t kDay = 86'400;
    io::CertificateSummary certificate;
    certificate.subject = "CN=a";
    certificate.not_after = 100 * kDay;
    warn_of_end(certificate, 86 * kDay, log_);
    warn_of_end(certificate, 86 * kDay + 1, log_);
    warn_of_end(certificate, 100 * kDay, log_);
    pipe_.close_writer();
    const std::string lines = pipe_.read_lines(2);
    EXPECT_EQ(std::ranges::count(lines, '\n'), 2);
    EXPECT_THAT(lines, HasSubstr("certificate_ends_soon subject=\"CN=a\""));
    EXPECT_THAT(lines, HasSubstr("certificate_has_ended subject=\"CN=a\""));
    EXPECT_THAT(lines, HasSubstr("not_after=1970-04-11T00:00:00Z"));
}

}  // namespace
}  // namespace berth::app
