// SPDX-License-Identifier: Apache-2.0
#include "app/certificate_name.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

TEST(CertificateName, HostsAndAddresses) {
    const struct {
        const char* text;
        const char* name;
        bool is_address;
    } cases[] = {
        {"localhost", "localhost", false},
        {"Registry.Example.COM", "registry.example.com", false},
        {"registry.example.", "registry.example", false},
        {"*.azurecr.io", "*.azurecr.io", false},
        {"*.localhost", "*.localhost", false},
        {"my_host-1", "my_host-1", false},
        {"127.0.0.1", "127.0.0.1", true},
        {"::1", "::1", true},
        {"[::1]", "::1", true},
        {"FE80:0:0::1", "fe80::1", true},
    };

    for (const auto& expected : cases) {
        const auto name = parse_certificate_name(expected.text);
        ASSERT_TRUE(name) << expected.text;
        EXPECT_EQ(name->text, expected.name);
        EXPECT_EQ(name->is_address, expected.is_address) << expected.text;
    }
}

TEST(CertificateName, Refused) {
    const std::string long_label(64, 'a');
    const std::string long_name = [] {
        std::string text = "a";
        while (text.size() < 254) {
            text += ".a";
        }
        return text;
    }();
    for (const std::string& text : {std::string(),        std::string("."),
                                    std::string("a..b"),  std::string(".a"),
                                    std::string("*"),     std::string("*."),
                                    std::string("a.*.b"), std::string("**.a"),
                                    std::string("-a"),    std::string("a-"),
                                    std::string("a b"),   std::string("a,DNS:b"),
                                    std::string("a/b"),   std::string("a:5000"),
                                    std::string("1.2.3"), std::string("1.2.3.400"),
                                    std::string("::g"),   std::string("a\0b", 3),
                                    long_label,           long_name}) {
        const auto name = parse_certificate_name(text);
        ASSERT_FALSE(name) << text;
        EXPECT_EQ(name.error().code, Errc::bad_request);
    }
}

TEST(CertificateName, ListsLoseRepetitions) {
    const auto names = parse_certificate_names({"b", "a", "B", "::1", "[::1]"});
    ASSERT_TRUE(names);
    ASSERT_EQ(names->size(), 3U);
    EXPECT_EQ((*names)[0].text, "b");
    EXPECT_FALSE(parse_certificate_names({"a", "a b"}));
}

TEST(CertificateName, StarsCoverOneLevel) {
    const auto names = parse_certificate_names({"localhost", "*.azurecr.io", "127.0.0.1"}).value();
    const auto covered = [&](const char* host) {
        return covers(names, parse_certificate_name(host).value());
    };
    EXPECT_TRUE(covered("localhost"));
    EXPECT_TRUE(covered("LOCALHOST."));
    EXPECT_TRUE(covered("my.azurecr.io"));
    EXPECT_TRUE(covered("127.0.0.1"));
    EXPECT_FALSE(covered("azurecr.io"));
    EXPECT_FALSE(covered("a.my.azurecr.io"));
    EXPECT_FALSE(covered("my.localhost"));
    EXPECT_FALSE(covered("127.0.0.2"));
}

}  // namespace
}  // namespace berth::app
