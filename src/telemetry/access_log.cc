// SPDX-License-Identifier: Apache-2.0
#include "telemetry/access_log.h"

#include "telemetry/line_format.h"
#include "telemetry/line_writer.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace berth::telemetry {
namespace {

// A second of lines at 5 000 requests per second and 200 bytes each.
constexpr std::size_t kQueueBytesMax = 1024 * 1024;
// Texts a client chooses are cut here; the longest legal target would be 16 KiB per line.
constexpr std::size_t kMethodBytesMax = 32;
constexpr std::size_t kTargetBytesMax = 2048;
constexpr std::size_t kUserAgentBytesMax = 256;

// Lower-case names of query parameters whose value lets its reader do something.
constexpr std::array<std::string_view, 12> kSecretNames = {
    "_state", "access_token",  "client_secret", "code",      "id_token", "password",
    "passwd", "refresh_token", "sig",           "signature", "token",    "x-amz-signature",
};

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool is_secret(std::string_view name) {
    if (name.find_first_of("%+") != std::string_view::npos) {
        return true;
    }
    const auto same = [](char a, char b) { return lower(a) == b; };
    return std::any_of(kSecretNames.begin(), kSecretNames.end(), [&](std::string_view secret) {
        return std::equal(name.begin(), name.end(), secret.begin(), secret.end(), same);
    });
}

void append_masked(std::string& out, std::string_view parameter) {
    const std::size_t equals = parameter.find('=');
    if (equals == std::string_view::npos || !is_secret(parameter.substr(0, equals))) {
        out += parameter;
        return;
    }
    out += parameter.substr(0, equals + 1);
    out += "***";
}

void add_if_present(LineFormat& line, LogFormat format, std::string_view key,
                    std::string_view text) {
    if (format == LogFormat::text || !text.empty()) {
        line.add(key, text);
    }
}

void format_record(LogFormat format, const AccessRecord& record, std::string& out) {
    const auto add = [&](LineFormat& line, std::string_view key, std::string_view text) {
        add_if_present(line, format, key, text);
    };
    const auto microseconds =
        std::chrono::duration_cast<std::chrono::microseconds>(record.duration).count();
    // Masked before it is cut: the cut may take the end of what is to be masked.
    const bool plain =
        record.target.starts_with('/') && record.target.find('?') == std::string_view::npos;
    const std::string masked = plain ? std::string() : mask_secrets(record.target);
    const std::string_view target = plain ? record.target : std::string_view(masked);
    LineFormat line(format, out);
    line.begin(record.time, "info", "request");
    add(line, "method", record.method.substr(0, kMethodBytesMax));
    add(line, "target", target.substr(0, kTargetBytesMax));
    line.add("status", std::uint64_t{record.status});
    line.add("in", record.bytes_in);
    line.add("out", record.bytes_out);
    line.add("us", static_cast<std::uint64_t>(std::max<std::int64_t>(microseconds, 0)));
    add(line, "principal", record.principal);
    add(line, "operation", record.operation);
    add(line, "id", record.correlation_id);
    add(line, "remote", record.remote_address);
    add(line, "agent", record.user_agent.substr(0, kUserAgentBytesMax));
    if (!record.reason.empty()) {
        line.add("reason", record.reason);
    }
    line.end();
}

}  // namespace

std::string mask_secrets(std::string_view target) {
    std::string out;
    const std::size_t credentials_end =
        target.starts_with('/') ? std::string_view::npos : target.rfind('@');
    if (credentials_end != std::string_view::npos) {
        const std::size_t scheme_end = target.find("://");
        out += scheme_end < credentials_end ? target.substr(0, scheme_end + 3) : "";
        out += "***";
        target.remove_prefix(credentials_end);
    }
    const std::size_t question = target.find('?');
    out += target.substr(0, question);
    if (question == std::string_view::npos) {
        return out;
    }
    out.reserve(out.size() + target.size());
    std::string_view left = target.substr(question);
    // Each round takes `?` or `&` and the parameter behind it.
    while (!left.empty()) {
        out += left.front();
        left.remove_prefix(1);
        const std::string_view parameter = left.substr(0, left.find('&'));
        append_masked(out, parameter);
        left.remove_prefix(parameter.size());
    }
    return out;
}

struct AccessLog::State {
    State(LogFormat line_format, int target)
        : format(line_format),
          writer(target, kQueueBytesMax, [line_format](std::string& out, std::uint64_t count) {
              LineFormat line(line_format, out);
              line.begin(now(), name_of(Level::warn), "access_log_lines_dropped");
              line.add("count", count);
              line.end();
          }) {}

    LogFormat format;
    LineWriter writer;
};

AccessLog::AccessLog(LogFormat format, int target)
    : state_(std::make_unique<State>(format, target)) {}

AccessLog::~AccessLog() = default;

void AccessLog::write(const AccessRecord& record) {
    // One buffer per thread: a line is formatted without allocating and outside the queue's lock.
    static thread_local std::string line;
    line.clear();
    format_record(state_->format, record, line);
    state_->writer.push(line);
}

std::uint64_t AccessLog::dropped() const {
    return state_->writer.dropped();
}

}  // namespace berth::telemetry
