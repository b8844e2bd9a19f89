// SPDX-License-Identifier: Apache-2.0
//
// The two spellings of a log line: `time level event key=value ...` and one JSON object. Every text
// goes through here, so no control character and no quote of a client reaches a line unescaped.
#pragma once

#include "base/clock.h"
#include "telemetry/log.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace berth::telemetry {

class LineFormat {
  public:
    /// Begins a line in `out`, which is appended to and must outlive this object.
    LineFormat(LogFormat format, std::string& out) : format_(format), out_(out) {}

    /// Time, level and event; the first call for a line.
    void begin(Timestamp time, std::string_view level, std::string_view event);
    void add(std::string_view key, std::string_view text);
    void add(std::string_view key, std::uint64_t number);
    void add(const Field& field);
    void end();

  private:
    void add_key(std::string_view key);
    void add_text(std::string_view text);

    LogFormat format_;
    std::string& out_;
};

}  // namespace berth::telemetry
