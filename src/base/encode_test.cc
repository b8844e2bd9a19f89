// SPDX-License-Identifier: Apache-2.0
#include "base/encode.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace berth {
namespace {

using namespace std::string_literals;

struct Pair {
    std::string plain;
    std::string encoded;
};

TEST(Hex, EncodesLowerCase) {
    EXPECT_EQ(hex_encode(as_bytes("\x00\x7f\xff\xa1"s)), "007fffa1");
    EXPECT_EQ(hex_encode({}), "");
}

TEST(Base64, KnownTexts) {  // RFC 4648 section 10
    for (const auto& [plain, encoded] :
         {Pair{"", ""}, Pair{"f", "Zg=="}, Pair{"fo", "Zm8="}, Pair{"foo", "Zm9v"},
          Pair{"foob", "Zm9vYg=="}, Pair{"fooba", "Zm9vYmE="}, Pair{"foobar", "Zm9vYmFy"}}) {
        EXPECT_EQ(base64_encode(as_bytes(plain)), encoded);
        EXPECT_EQ(base64_decode(encoded), plain);
        EXPECT_EQ(base64_decode(encoded.substr(0, encoded.find('='))), plain);
    }
}

TEST(Base64, AlphabetsDiffer) {
    EXPECT_EQ(base64_encode(as_bytes("\xfb\xef\xff"s)), "++//");
    EXPECT_EQ(base64url_encode(as_bytes("\xfb\xef\xff"s)), "--__");
    EXPECT_EQ(base64url_encode(as_bytes("\xfb"s)), "-w==");
}

TEST(Base64, RefusesMalformed) {
    for (const char* bad : {"Z", "Zg=", "Zg===", "Zm9v=", "Zm8==", "=", "==", "Zg==Zg==", "Zm9v\n",
                            "Zm 9v", "-_-_", "Zh==", "Zm9=", "Z===", "Zm=9"}) {
        EXPECT_FALSE(base64_decode(bad)) << bad;
    }
}

RC_GTEST_PROP(Base64, RoundTrip, (const std::string& bytes)) {
    RC_ASSERT(base64_decode(base64_encode(as_bytes(bytes))) == bytes);
}

TEST(Percent, EncodesAllButUnreserved) {
    EXPECT_EQ(percent_encode("AZaz09-_.~"), "AZaz09-_.~");
    EXPECT_EQ(percent_encode("library/busybox"), "library%2Fbusybox");
    EXPECT_EQ(percent_encode("a b+c=&%\xff"), "a%20b%2Bc%3D%26%25%FF");
}

TEST(Percent, Decodes) {
    EXPECT_EQ(percent_decode("library%2fhello%2Fworld"), "library/hello/world");
    EXPECT_EQ(percent_decode("sha256%3Aab"), "sha256:ab");
    EXPECT_EQ(percent_decode("a+b"), "a+b");
    EXPECT_EQ(percent_decode("a+b%2B", true), "a b+");
    EXPECT_EQ(percent_decode("%2541"), "%41");  // once, not until nothing is left
}

TEST(Percent, RefusesMalformed) {
    for (const char* bad : {"%", "%4", "a%", "a%4", "%4g", "%g4", "%%41", "%00", "a%00b", "% 41"}) {
        EXPECT_FALSE(percent_decode(bad)) << bad;
    }
}

RC_GTEST_PROP(Percent, RoundTrip, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::nonZero<char>());
    RC_ASSERT(percent_decode(percent_encode(text)) == text);
    RC_ASSERT(percent_decode(percent_encode(text), true) == text);
}

TEST(JsonQuote, Escapes) {
    const Pair cases[] = {
        {"", R"("")"},
        {"plain text", R"("plain text")"},
        {"a\"b\\c/d", R"("a\"b\\c/d")"},
        {"\b\f\n\r\t", R"("\b\f\n\r\t")"},
        {"\x01\x1f\0"s, R"("\u0001\u001f\u0000")"},
        {"<a href='x'>&", R"("<a href='x'>&")"},
        {"\x7f", "\"\x7f\""},
        {"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x9a\xa2",
         "\"gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x9a\xa2\""},
        {"\xe2\x80\xa8\xe2\x80\xa9", R"("\u2028\u2029")"},
    };
    for (const auto& [plain, encoded] : cases) {
        EXPECT_EQ(json_quote(plain), encoded);
    }
}

TEST(JsonQuote, ReplacesMalformedUtf8) {
    const Pair cases[] = {
        {"\x80", R"("\ufffd")"},                                // continuation alone
        {"a\xc3", R"("a\ufffd")"},                              // cut short
        {"\xc3(", R"("\ufffd(")"},                              // wrong continuation
        {"\xc0\xaf", R"("\ufffd\ufffd")"},                      // overlong slash
        {"\xe0\x80\x80", R"("\ufffd\ufffd\ufffd")"},            // overlong
        {"\xed\xa0\x80", R"("\ufffd\ufffd\ufffd")"},            // surrogate
        {"\xf4\x90\x80\x80", R"("\ufffd\ufffd\ufffd\ufffd")"},  // beyond U+10FFFF
        {"\xf5\xff", R"("\ufffd\ufffd")"},
        {"\xe2\x82z", R"("\ufffd\ufffdz")"},
    };
    for (const auto& [plain, encoded] : cases) {
        EXPECT_EQ(json_quote(plain), encoded);
    }
}

TEST(JsonQuote, AppendKeepsWhatWasThere) {
    std::string out = "x:";
    append_json_quoted(out, "y");
    EXPECT_EQ(out, R"(x:"y")");
}

}  // namespace
}  // namespace berth
