// SPDX-License-Identifier: Apache-2.0
//
// The hostile heads: each leaves a proxy and a server room to disagree about where the request
// ends, or about whom it is for. The table is fed to H1Request::parse, so it holds whichever of the
// parser and h1_rules refuses.
#include "http/h1_rules.h"

#include "http/h1_head.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace berth::http {
namespace {

using std::string_view_literals::operator""sv;

struct HeadCase {
    const char* what;
    std::string_view head;
    int status;  // 0: accepted
};

int status_of(std::string_view head) {
    const auto request = H1Request::parse(head);
    return request ? 0 : request.error().status;
}

constexpr HeadCase kHostileHeads[] = {
    {"Content-Length, then Transfer-Encoding",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"sv,
     400},
    {"Transfer-Encoding, then Content-Length",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n"sv,
     400},
    {"conflicting lengths",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 5\r\n\r\n"sv, 400},
    {"repeated equal lengths",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nContent-Length: 4\r\n\r\n"sv, 400},
    {"a list of lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4, 4\r\n\r\n"sv, 400},
    {"a signed length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +4\r\n\r\n"sv, 400},
    {"a negative length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -4\r\n\r\n"sv, 400},
    {"a hexadecimal length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x4\r\n\r\n"sv, 400},
    {"an empty length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n"sv, 400},
    {"a length beyond 64 bits",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551620\r\n\r\n"sv, 400},
    {"a bare LF", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n"sv, 400},
    {"a bare LF after the request line", "GET / HTTP/1.1\nHost: a\r\n\r\n"sv, 400},
    {"a bare CR", "GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n"sv, 400},
    {"a space before the colon", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 4\r\n\r\n"sv, 400},
    {"a space in a field name",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer Encoding: chunked\r\n\r\n"sv, 400},
    {"a NUL in a value", "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n"sv, 400},
    {"a NUL in a name", "GET / HTTP/1.1\r\nHost: a\r\nX\0Y: b\r\n\r\n"sv, 400},
    {"no Host", "GET / HTTP/1.1\r\nX: a\r\n\r\n"sv, 400},
    {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"sv, 400},
    {"a folded line", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n c\r\n\r\n"sv, 400},
    {"a folded line with a tab", "GET / HTTP/1.1\r\nHost: a\r\nX: b\r\n\tc\r\n\r\n"sv, 400},
    {"a first line that is folded", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"sv, 400},
    {"connection options that are no list",
     "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, ?x\r\n\r\n"sv, 400},
    {"an unknown encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n"sv,
     400},
    {"chunked, then another encoding",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n"sv, 400},
    {"another encoding, then chunked",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n"sv, 400},
    {"identity alone", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n\r\n"sv, 400},
    {"chunked twice in one line",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, chunked\r\n\r\n"sv, 400},
    {"chunked twice in two lines",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Transfer-Encoding: chunked\r\n\r\n"sv,
     400},
    {"chunked with a vertical tab",
     "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0b"
     "chunked\r\n\r\n"sv,
     400},
    {"chunked in quotes", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \"chunked\"\r\n\r\n"sv,
     400},
    {"an empty Transfer-Encoding", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n\r\n"sv,
     400},
    {"Transfer-Encoding in HTTP/1.0",
     "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"sv, 400},
    {"an unknown expectation", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: a-pony\r\n\r\n"sv, 417},
    {"HTTP/2 in text", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"sv, 400},
    {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"sv, 400},
    {"HTTP/0.9", "GET /\r\n\r\n"sv, 400},
    {"a malformed version", "GET / HTTP/1.1x\r\nHost: a\r\n\r\n"sv, 400},
    {"a space in the target", "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"sv, 400},
    {"no target", "GET  HTTP/1.1\r\nHost: a\r\n\r\n"sv, 400},
    {"a line without a colon", "GET / HTTP/1.1\r\nHost: a\r\nhello\r\n\r\n"sv, 400},
    {"an empty field name", "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"sv, 400},
};

TEST(H1Rules, HostileHeadsAreRefused) {
    for (const HeadCase& hostile : kHostileHeads) {
        EXPECT_EQ(status_of(hostile.head), hostile.status) << hostile.what;
    }
}

constexpr HeadCase kHarmlessHeads[] = {
    {"absolute form", "GET http://example.org/v2/ HTTP/1.1\r\nHost: example.org\r\n\r\n"sv, 0},
    {"HTTP/1.0 without Host", "GET / HTTP/1.0\r\n\r\n"sv, 0},
    {"names in any case", "POST / HTTP/1.1\r\nhOST: a\r\ntRANSFER-eNCODING: Chunked\r\n\r\n"sv, 0},
    {"blanks around a value", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: \t4 \r\n\r\n"sv, 0},
    {"zero length", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n"sv, 0},
    {"the greatest length",
     "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 18446744073709551615\r\n\r\n"sv, 0},
    {"an empty value", "GET / HTTP/1.1\r\nHost: a\r\nX:\r\n\r\n"sv, 0},
    {"a method of one's own", "BREW / HTTP/1.1\r\nHost: a\r\n\r\n"sv, 0},
    {"an expectation in any case", "PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-Continue\r\n\r\n"sv,
     0},
};

TEST(H1Rules, HarmlessHeadsAreAccepted) {
    for (const HeadCase& harmless : kHarmlessHeads) {
        EXPECT_EQ(status_of(harmless.head), 0) << harmless.what;
    }
}

TEST(H1Rules, FillsWhatTheBodyNeeds) {
    RequestHead head;
    head.headers = {{"Host", "a"}, {"Content-Length", "42"}, {"Expect", "100-continue"}};
    ASSERT_FALSE(check_fields(head, 11));
    EXPECT_EQ(head.content_length, 42U);
    EXPECT_TRUE(head.expects_continue);
    EXPECT_FALSE(head.chunked);

    RequestHead chunked;
    chunked.headers = {{"Host", "a"}, {"Transfer-Encoding", "chunked"}};
    ASSERT_FALSE(check_fields(chunked, 11));
    EXPECT_TRUE(chunked.chunked);
    EXPECT_FALSE(chunked.content_length);
}

TEST(H1Rules, Http10ClientsGetNoContinue) {
    RequestHead head;
    head.headers = {{"Content-Length", "42"}, {"Expect", "100-continue"}};
    ASSERT_FALSE(check_fields(head, 10));
    EXPECT_FALSE(head.expects_continue);
}

TEST(H1Rules, SaysWhatIsWrong) {
    EXPECT_EQ(check_raw_head("GET / HTTP/1.1\n\r\n")->reason, "line ends without CR");
    EXPECT_EQ(check_raw_head("GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n")->reason, "folded header line");
    EXPECT_EQ(check_raw_head("GET / HTTP/1.1\r\nA: b\rc\r\n\r\n")->reason, "CR without LF");
    EXPECT_FALSE(check_raw_head("GET / HTTP/1.1\r\nA: b\r\n\r\n"));
}

/// What decoding `wire` yields: the content, or "error".
std::string decoded(std::string_view wire, std::size_t step) {
    auto request =
        H1Request::parse("PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    std::string pending;
    std::string content;
    std::vector<std::byte> space(1024);
    bool done = false;
    while (!done) {
        const auto outcome = request->decode_chunked(as_bytes(pending), space);
        if (!outcome) {
            return "error";
        }
        content += as_text(ByteView(space).first(outcome->produced));
        pending.erase(0, outcome->consumed);
        done = outcome->done;
        if (!done && outcome->consumed == 0 && outcome->produced == 0) {
            if (wire.empty()) {
                return "unfinished: " + content;
            }
            pending += wire.substr(0, step);
            wire.remove_prefix(std::min(step, wire.size()));
        }
    }
    return content + (pending.empty() && wire.empty() ? "" : " and more");
}

struct ChunkCase {
    const char* what;
    std::string_view wire;
    std::string_view content;
};

constexpr ChunkCase kChunks[] = {
    {"one chunk", "5\r\nhello\r\n0\r\n\r\n"sv, "hello"},
    {"several chunks", "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"sv, "hello"},
    {"no content", "0\r\n\r\n"sv, ""},
    {"zeros before the size", "0005\r\nhello\r\n000\r\n\r\n"sv, "hello"},
    {"hexadecimal sizes", "A\r\n0123456789\r\na\r\n0123456789\r\n0\r\n\r\n"sv,
     "01234567890123456789"},
    {"extensions", "5;name=value;flag\r\nhello\r\n0;last\r\n\r\n"sv, "hello"},
    {"a quoted extension", "5;name=\"a b\"\r\nhello\r\n0\r\n\r\n"sv, "hello"},
    {"trailers", "5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"sv, "hello"},
    {"the next request behind it", "5\r\nhello\r\n0\r\n\r\nGET"sv, "hello and more"},
    {"an end too early", "5\r\nhel"sv, "unfinished: "},
    {"no size", "\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"a size with a sign", "+5\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"a negative size", "-5\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"a size with 0x", "0x5\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"a size with a blank before", " 5\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"a size that is no number", "five\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"a size beyond 64 bits", "10000000000000005\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"a size line with bare LF", "5\nhello\r\n0\r\n\r\n"sv, "error"},
    {"an extension with bare LF", "5;a\nb\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"an extension with bare CR", "5;a\rb\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"data longer than its size", "4\r\nhello\r\n0\r\n\r\n"sv, "error"},
    {"data that ends with bare LF", "5\r\nhello\n0\r\n\r\n"sv, "error"},
    {"a length among the trailers", "5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n"sv, "error"},
};

TEST(H1Chunks, TheTableHoldsHoweverTheBytesArrive) {
    for (const ChunkCase& item : kChunks) {
        for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{1000}}) {
            EXPECT_EQ(decoded(item.wire, step), item.content) << item.what << ", steps of " << step;
        }
    }
}

}  // namespace
}  // namespace berth::http
