// SPDX-License-Identifier: Apache-2.0
#include "http/h1_response.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <iterator>

namespace berth::http {

namespace {

constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

bool has_length(int status) {
    return status >= 200 && status != 204 && status != 304;
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

void render_head(const Response& response, bool keep_alive, std::time_t now, std::string& out) {
    auto sink = std::back_inserter(out);
    fmt::format_to(sink, FMT_COMPILE("HTTP/1.1 {} {}\r\nServer: AzureContainerRegistry\r\nDate: "),
                   response.status, reason_of(response.status));
    append_http_date(now, out);
    out += "\r\n";
    if (!response.content_type.empty()) {
        fmt::format_to(sink, FMT_COMPILE("Content-Type: {}\r\n"), response.content_type);
    }
    if (has_length(response.status)) {
        fmt::format_to(sink, FMT_COMPILE("Content-Length: {}\r\n"), response.content_length());
    }
    out += keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
    for (const Header& header : response.headers) {
        fmt::format_to(sink, FMT_COMPILE("{}: {}\r\n"), header.name, header.value);
    }
    out += "\r\n";
}

}  // namespace berth::http
