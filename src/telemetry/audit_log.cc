// SPDX-License-Identifier: Apache-2.0
#include "telemetry/audit_log.h"

#include "base/try.h"
#include "telemetry/audit_file.h"
#include "telemetry/line_format.h"
#include "telemetry/line_writer.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cstddef>
#include <iterator>
#include <utility>

namespace berth::telemetry {
namespace {

constexpr std::size_t kQueueBytesMax = std::size_t{4} * 1024 * 1024;
// Texts that a client or an issuer chooses are cut here. Repository names and digests fit.
constexpr std::size_t kTextBytesMax = 256;
constexpr std::int64_t kTicksPerMillisecond = kTicksPerSecond / 1000;

/// Always three digits, so that lines sort as texts.
void append_time(std::string& out, Timestamp time) {
    const std::int64_t in_second = time.ticks % kTicksPerSecond;
    const std::string second = format_timestamp(Timestamp{time.ticks - in_second});
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}.{:03}Z"),
                   std::string_view(second).substr(0, second.size() - 1),
                   in_second / kTicksPerMillisecond);
}

void format_record(const AuditRecord& record, std::string& out) {
    out += R"({"time":")";
    append_time(out, record.time);
    out += '"';
    LineFormat line(LogFormat::json, out);
    const auto add = [&line](std::string_view key, std::string_view text) {
        if (!text.empty()) {
            line.add(key, text.substr(0, kTextBytesMax));
        }
    };
    add("event", record.event);
    add("result", record.result);
    add("principal", record.principal);
    add("kind", record.kind);
    add("method", record.method);
    add("operation", record.operation);
    add("repository", record.repository);
    add("reference", record.reference);
    add("tags", record.tags);
    add("digest", record.digest);
    add("source", record.source);
    add("subject", record.subject);
    if (record.status > 0) {
        line.add("status", std::uint64_t{record.status});
    }
    add("rule", record.rule);
    add("reason", record.reason);
    add("address", record.address);
    add("user_agent", record.user_agent);
    add("correlation_id", record.correlation_id);
    line.end();
}

void format_loss(std::string& out, std::uint64_t count) {
    out += R"({"time":")";
    append_time(out, now());
    out += '"';
    LineFormat line(LogFormat::json, out);
    line.add("event", "audit_lines_lost");
    line.add("count", count);
    line.end();
}

/// Appends; tells the log when that begins to fail, not for every batch.
class FileSink {
  public:
    FileSink(AuditFile& file, Logger* log) : file_(file), log_(log) {}

    std::uint64_t operator()(std::string_view lines) {
        const std::uint64_t lost = file_.append(lines);
        const bool was_failing = std::exchange(failing_, lost > 0);
        if (failing_ && !was_failing && log_ != nullptr) {
            log_->error("audit_write_failed", {{"lines_lost", lost}});
        }
        return lost;
    }

  private:
    AuditFile& file_;
    Logger* log_;
    bool failing_ = false;
};

}  // namespace

struct AuditLog::State {
    explicit State(int target) : writer(target, kQueueBytesMax, format_loss) {}

    State(std::unique_ptr<AuditFile> opened, Logger* log)
        : file(std::move(opened)), writer(FileSink(*file, log), kQueueBytesMax, format_loss) {}

    std::unique_ptr<AuditFile> file;  // null: a descriptor
    LineWriter writer;
};

AuditLog::AuditLog(int target) : state_(std::make_unique<State>(target)) {}

AuditLog::AuditLog(std::unique_ptr<State> state) : state_(std::move(state)) {}

AuditLog::~AuditLog() = default;

Result<std::unique_ptr<AuditLog>> AuditLog::open(std::string path, std::uint64_t bytes_max,
                                                 Logger* log) {
    BERTH_TRY(std::unique_ptr<AuditFile> file, AuditFile::open(std::move(path), bytes_max));
    auto state = std::make_unique<State>(std::move(file), log);
    return std::unique_ptr<AuditLog>(new AuditLog(std::move(state)));
}

void AuditLog::write(const AuditRecord& record) {
    static thread_local std::string line;
    line.clear();
    format_record(record, line);
    state_->writer.push(line);
}

Result<void> AuditLog::reopen() {
    return state_->file == nullptr ? Result<void>() : state_->file->reopen();
}

std::uint64_t AuditLog::dropped() const {
    return state_->writer.dropped();
}

}  // namespace berth::telemetry
