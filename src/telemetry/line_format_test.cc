// SPDX-License-Identifier: Apache-2.0
#include "telemetry/line_format.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace berth::telemetry {
namespace {

using namespace std::string_literals;

std::string line_of(LogFormat format, std::string_view text) {
    std::string out;
    LineFormat line(format, out);
    line.begin(Timestamp{0}, "info", "event");
    line.add("k", text);
    line.end();
    return out;
}

TEST(LineFormat, TextQuotesWhatIsNotBare) {
    const std::pair<std::string, std::string> cases[] = {
        {"bare/word:1.0-_~[]{}", "bare/word:1.0-_~[]{}"},
        {"", "-"},
        {"-", R"("-")"},
        {"two words", R"("two words")"},
        {"a=b", R"("a=b")"},
        {"a\"b", R"("a\"b")"},
        {"a\\b", R"("a\\b")"},
        {"\n\r\t\0"s, R"("\n\r\t\u0000")"},
        {"\x7f", R"("\u007f")"},
        {"\xc2\x80\xc2\x9f\xc2\xa0", "\"\\u0080\\u009f\xc2\xa0\""},
        {"\xff\xc2", R"("\ufffd\ufffd")"},
    };
    for (const auto& [text, written] : cases) {
        EXPECT_EQ(line_of(LogFormat::text, text),
                  "1970-01-01T00:00:00Z info  event k=" + written + "\n");
    }
}

TEST(LineFormat, JsonIsOneObject) {
    EXPECT_EQ(line_of(LogFormat::json, "a\"\x7f\n"),
              R"({"time":"1970-01-01T00:00:00Z","level":"info","event":"event",)"
              R"("k":"a\"\u007f\n"})"
              "\n");
    EXPECT_NE(line_of(LogFormat::json, "").find(R"("k":"")"), std::string::npos);
}

TEST(LineFormat, NumbersAreJsonNumbers) {
    std::string out;
    LineFormat line(LogFormat::json, out);
    line.add("most", std::numeric_limits<std::uint64_t>::max());
    line.add(Field("least", std::numeric_limits<std::int64_t>::min()));
    line.add(Field("infinite", std::numeric_limits<double>::infinity()));
    EXPECT_EQ(out, R"(,"most":18446744073709551615,"least":-9223372036854775808,"infinite":0)");
}

TEST(LineFormat, AppendsToWhatIsThere) {
    std::string out = "\x7f\xc2\x85";  // not this line's, left alone
    LineFormat(LogFormat::text, out).add("k", "a b\x7f");
    EXPECT_EQ(out, "\x7f\xc2\x85 k=\"a b\\u007f\"");
}

}  // namespace
}  // namespace berth::telemetry
