// SPDX-License-Identifier: Apache-2.0
#include "http/h1_response.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <iterator>

namespace berth::http {

namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool has_length(int status) {
    return status >= 200 && status != 204 && status != 304;
}

void append_number(std::uint64_t number, std::string& out) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_line(std::string_view name, std::string_view value, std::string& out) {
    out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string_view reason_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 202:
            return "Accepted";
        case 204:
            return "No Content";
        case 206:
            return "Partial Content";
        case 301:
            return "Moved Permanently";
        case 304:
            return "Not Modified";
        case 307:
            return "Temporary Redirect";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 413:
            return "Request Entity Too Large";
        case 414:
            return "Request URI Too Long";
        case 416:
            return "Requested Range Not Satisfiable";
        case 417:
            return "Expectation Failed";
        case 421:
            return "Misdirected Request";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 503:
            return "Service Unavailable";
        case 507:
            return "Insufficient Storage";
        default:
            return "Unknown";
    }
}

void append_http_date(std::time_t time, std::string& out) {
    using namespace std::chrono;
    const sys_seconds moment{seconds(time)};
    const auto day = floor<days>(moment);
    const year_month_day date(day);
    const hh_mm_ss clock(moment - day);
    fmt::format_to(std::back_inserter(out), FMT_COMPILE("{}, {:02} {} {} {:02}:{:02}:{:02} GMT"),
                   kDays[weekday(day).c_encoding()], static_cast<unsigned>(date.day()),
                   kMonths[static_cast<unsigned>(date.month()) - 1], static_cast<int>(date.year()),
                   clock.hours().count(), clock.minutes().count(), clock.seconds().count());
}

std::string_view DateText::at(std::time_t now) {
    if (now != made_for_) {
        text_.clear();
        append_http_date(now, text_);
        made_for_ = now;
    }
    return text_;
}

void render_head(const Response& response, bool keep_alive, std::string_view date,
                 std::string& out) {
    out.append("HTTP/1.1 ");
    append_number(static_cast<std::uint64_t>(response.status), out);
    out.append(" ").append(reason_of(response.status));
    out.append("\r\nServer: AzureContainerRegistry\r\nDate: ").append(date).append("\r\n");
    if (!response.content_type.empty()) {
        append_line("Content-Type", response.content_type, out);
    }
    if (has_length(response.status)) {
        out.append("Content-Length: ");
        append_number(response.content_length(), out);
        out.append("\r\n");
    }
    out.append(keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n");
    for_each_header(response, [&out](std::string_view name, std::string_view value) {
        append_line(name, value, out);
    });
    out.append("\r\n");
}

}  // namespace berth::http
