// SPDX-License-Identifier: Apache-2.0
#include "telemetry/line_format.h"

#include "base/encode.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <type_traits>

namespace berth::telemetry {
namespace {

/// Needs no quotes in the text format: printable ASCII without space, quote, backslash and equals.
bool is_bare(char c) {
    return c > ' ' && c < '\x7F' && c != '"' && c != '\\' && c != '=';
}

/// 1 for DEL, 2 for a C1 control in UTF-8 (U+0080 to U+009F), else 0: legal in a JSON string, but a
/// terminal obeys them and some readers of logs take U+0085 for the end of a line.
std::size_t terminal_control_length(std::string_view text) {
    if (text.front() == '\x7F') {
        return 1;
    }
    const bool c1 =
        text.size() > 1 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
    return c1 ? 2 : 0;
}

/// Escapes the terminal controls in `out` from `begin` on.
void escape_terminal_controls(std::string& out, std::size_t begin) {
    if (out.find_first_of("\x7F\xC2", begin) == std::string::npos) {
        return;
    }
    const std::string plain = out.substr(begin);
    out.resize(begin);
    std::string_view left = plain;
    while (!left.empty()) {
        const std::size_t length = terminal_control_length(left);
        if (length == 0) {
            out += left.front();
        } else {
            fmt::format_to(std::back_inserter(out), FMT_COMPILE("\\u{:04x}"),
                           static_cast<unsigned char>(left[length - 1]));
        }
        left.remove_prefix(std::max<std::size_t>(length, 1));
    }
}

void append_quoted(std::string& out, std::string_view text) {
    const std::size_t begin = out.size();
    append_json_quoted(out, text);
    escape_terminal_controls(out, begin);
}

}  // namespace

void LineFormat::begin(Timestamp time, std::string_view level, std::string_view event) {
    if (format_ == LogFormat::text) {
        fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{} {:5} {}"), format_timestamp(time),
                       level, event);
        return;
    }
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE(R"({{"time":"{}","level":"{}","event":)"),
                   format_timestamp(time), level);
    append_json_quoted(out_, event);
}

void LineFormat::add(std::string_view key, std::string_view text) {
    add_key(key);
    add_text(text);
}

void LineFormat::add(std::string_view key, std::uint64_t number) {
    add_key(key);
    const fmt::format_int digits(number);
    out_.append(digits.data(), digits.size());
}

void LineFormat::add(const Field& field) {
    add_key(field.key());
    std::visit(
        [this](const auto& value) {
            using Value = std::decay_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, std::string_view>) {
                add_text(value);
            } else if constexpr (std::is_same_v<Value, double>) {
                // JSON has no spelling for infinity and not-a-number.
                fmt::format_to(std::back_inserter(out_), "{}", std::isfinite(value) ? value : 0.0);
            } else {
                fmt::format_to(std::back_inserter(out_), FMT_COMPILE("{}"), value);
            }
        },
        field.value());
}

void LineFormat::end() {
    out_ += format_ == LogFormat::text ? "\n" : "}\n";
}

void LineFormat::add_key(std::string_view key) {
    if (format_ == LogFormat::text) {
        out_ += ' ';
        out_ += key;
        out_ += '=';
        return;
    }
    out_ += ',';
    append_json_quoted(out_, key);
    out_ += ':';
}

void LineFormat::add_text(std::string_view text) {
    if (format_ == LogFormat::json) {
        append_quoted(out_, text);
    } else if (text.empty()) {
        out_ += '-';
    } else if (text != "-" && std::all_of(text.begin(), text.end(), is_bare)) {
        out_ += text;
    } else {
        append_quoted(out_, text);
    }
}

}  // namespace berth::telemetry
