// SPDX-License-Identifier: Apache-2.0
#include "oci/names.h"

#include "oci/access.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace berth::oci {
namespace {

TEST(Repository, Accepts) {
    for (const std::string& good :
         {std::string("a"), std::string("0"), std::string("hello-world"), std::string("a/b/c/d"),
          std::string("a.b"), std::string("a_b"), std::string("a__b"), std::string("a-b"),
          std::string("a---b"), std::string("a.b_c__d--e/f"), std::string("library/hello-world"),
          std::string("testclient_update"), std::string(255, 'a'), "a/" + std::string(253, 'b')}) {
        const auto repository = Repository::parse(good);
        ASSERT_TRUE(repository) << good;
        EXPECT_EQ(repository->text(), good);
    }
}

TEST(Repository, Refuses) {
    for (const std::string& bad :
         {std::string(),        std::string("A"),        std::string("doesNotExist"),
          std::string("a..b"),  std::string("a_-b"),     std::string("a-_b"),
          std::string("a___b"), std::string("a._b"),     std::string("-a"),
          std::string("a-"),    std::string(".a"),       std::string("a."),
          std::string("_a"),    std::string("a_"),       std::string("a__"),
          std::string("/a"),    std::string("a/"),       std::string("a//b"),
          std::string("a/-b"),  std::string("a-/b"),     std::string("a/."),
          std::string("../a"),  std::string("a b"),      std::string("a:b"),
          std::string("a@b"),   std::string("a%2Fb"),    std::string("a\\b"),
          std::string("a\n"),   std::string("\xc3\xa9"), std::string("a\0b", 3),
          std::string("---"),   std::string(256, 'a')}) {
        EXPECT_FALSE(Repository::parse(bad)) << bad;
    }
}

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

// The grammar of the specification as the automaton one would draw for it, every alternative
// followed at once; the code under test decides as it goes.
bool matches_specification(const std::string& text) {
    const std::size_t size = text.size();
    std::vector<bool> before_word(size + 3, false);
    std::vector<bool> after_word(size + 3, false);
    before_word[0] = true;
    for (std::size_t at = 0; at < size; ++at) {
        if ((before_word[at] || after_word[at]) && is_word(text[at])) {
            after_word[at + 1] = true;
        }
        if (!after_word[at]) {
            continue;
        }
        for (const std::string separator : {"/", ".", "_", "__"}) {
            if (text.compare(at, separator.size(), separator) == 0) {
                before_word[at + separator.size()] = true;
            }
        }
        for (std::size_t end = at; end < size && text[end] == '-'; ++end) {
            before_word[end + 1] = true;
        }
    }
    return size <= 255 && after_word[size];
}

RC_GTEST_PROP(Repository, AgreesWithTheSpecification, ()) {
    const auto text = *rc::gen::container<std::string>(rc::gen::weightedElement<char>(
        {{12, 'a'}, {6, '7'}, {3, '.'}, {4, '_'}, {4, '-'}, {3, '/'}, {1, 'Z'}}));
    const bool expected = matches_specification(text);
    RC_CLASSIFY(expected);
    RC_ASSERT(Repository::parse(text).has_value() == expected);
}

TEST(Repository, AgreesWithTheSpecificationOnAllShortTexts) {
    const std::string alphabet = "a0._-/A";
    std::size_t accepted = 0;
    for (std::size_t length = 0; length <= 6; ++length) {
        std::string text(length, alphabet[0]);
        std::vector<std::size_t> digits(length, 0);
        while (true) {
            for (std::size_t i = 0; i < length; ++i) {
                text[i] = alphabet[digits[i]];
            }
            const bool expected = matches_specification(text);
            accepted += expected ? 1 : 0;
            ASSERT_EQ(Repository::parse(text).has_value(), expected) << text;
            std::size_t i = 0;
            while (i < length && ++digits[i] == alphabet.size()) {
                digits[i++] = 0;
            }
            if (i == length) {
                break;
            }
        }
    }
    EXPECT_GT(accepted, 500U);
}

TEST(Tag, Grammar) {
    for (const std::string& good : {std::string("latest"), std::string("1.0"), std::string("_"),
                                    std::string("_.-"), std::string("V1"), std::string("a-"),
                                    std::string("sha256-ab.sig"), std::string(128, 'T')}) {
        const auto tag = Tag::parse(good);
        ASSERT_TRUE(tag) << good;
        EXPECT_EQ(tag->text(), good);
    }
    for (const std::string& bad :
         {std::string(), std::string("."), std::string("-a"), std::string(".a"), std::string("a:b"),
          std::string("a/b"), std::string("a b"), std::string("a+b"), std::string("a\n"),
          std::string("\xc3\xa9"), std::string("a\0", 2), std::string(129, 'T')}) {
        EXPECT_FALSE(Tag::parse(bad)) << bad;
    }
}

TEST(Reference, IsTagOrDigest) {
    const std::string digest = "sha256:" + std::string(64, 'a');
    const auto by_digest = parse_reference(digest);
    ASSERT_TRUE(by_digest);
    EXPECT_EQ(std::get<Digest>(*by_digest).text(), digest);
    const auto by_tag = parse_reference("sha256-aa");
    ASSERT_TRUE(by_tag);
    EXPECT_EQ(std::get<Tag>(*by_tag).text(), "sha256-aa");
    for (const char* bad : {"", "sha256:abcdef", "a:b", ":", "-x"}) {
        EXPECT_FALSE(parse_reference(bad)) << bad;
    }
}

TEST(Access, ActionsAreWireWords) {  // acr-wire 4.3
    EXPECT_EQ(name_of(Action::pull), "pull");
    EXPECT_EQ(name_of(Action::push), "push");
    EXPECT_EQ(name_of(Action::remove), "delete");
    EXPECT_EQ(name_of(Action::metadata_read), "metadata_read");
    EXPECT_EQ(name_of(Action::metadata_write), "metadata_write");
    EXPECT_EQ(name_of(Action::catalog), "*");
}

}  // namespace
}  // namespace berth::oci
