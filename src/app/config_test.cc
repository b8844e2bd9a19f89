// SPDX-License-Identifier: Apache-2.0
#include "app/config.h"

#include <gtest/gtest.h>

namespace berth::app {
namespace {

TEST(HostPort, Accepted) {
    const struct {
        const char* text;
        const char* host;
        std::uint16_t port;
    } cases[] = {
        {"127.0.0.1:5000", "127.0.0.1", 5000},
        {"0.0.0.0:0", "0.0.0.0", 0},
        {"localhost:65535", "localhost", 65535},
        {"[::1]:443", "::1", 443},
        {"[::]:80", "::", 80},
    };

    for (const auto& expected : cases) {
        const Result<HostPort> address = parse_host_port(expected.text);
        ASSERT_TRUE(address.has_value()) << expected.text;
        EXPECT_EQ(address->host, expected.host);
        EXPECT_EQ(address->port, expected.port);
    }
}

TEST(HostPort, Refused) {
    for (const char* text : {"", "5000", ":5000", "localhost", "localhost:", "localhost:http",
                             "localhost:65536", "localhost:-1", "::1:5000", "[]:5000", "a:b:1"}) {
        const Result<HostPort> address = parse_host_port(text);
        ASSERT_FALSE(address.has_value()) << text;
        EXPECT_TRUE(
            address.error().log_detail.starts_with("'" + std::string(text) + "' is not HOST:PORT"))
            << address.error().log_detail;
    }
}

std::string refusal(const Config& config) {
    const Result<void> valid = validate(config);
    return valid ? "" : valid.error().log_detail;
}

TEST(Validate, DefaultsAreValid) {
    EXPECT_EQ(refusal(Config()), "");
}

TEST(Validate, Relations) {
    Config only_cert;
    only_cert.tls.cert = "cert.pem";
    EXPECT_EQ(refusal(only_cert), "tls.cert and tls.key: give both or neither");
    Config only_key;
    only_key.tls.key = "key.pem";
    EXPECT_EQ(refusal(only_key), "tls.cert and tls.key: give both or neither");
    Config both = only_cert;
    both.tls.key = "key.pem";
    EXPECT_EQ(refusal(both), "");

    Config clients = both;
    clients.tls.client_certificates = io::ClientCertificates::requested;
    EXPECT_EQ(refusal(clients),
              "tls.client_certificates needs tls.client_ca: the authorities to trust");
    clients.tls.client_ca = "ca.pem";
    EXPECT_EQ(refusal(clients), "");
    clients.tls.client_certificates = io::ClientCertificates::ignored;
    EXPECT_TRUE(refusal(clients).starts_with("tls.client_ca has no effect"));
    Config plain;
    plain.tls.client_certificates = io::ClientCertificates::required;
    plain.tls.client_ca = "ca.pem";
    EXPECT_EQ(refusal(plain), "tls.client_certificates needs tls.cert and tls.key");

    Config proxied;
    proxied.server.trusted_proxies = "10.0.0.0/8, ::1";
    EXPECT_EQ(refusal(proxied), "");
    proxied.server.trusted_proxies = "10.0.0.0/8, proxy.example";
    EXPECT_TRUE(refusal(proxied).starts_with("server.trusted_proxies: 'proxy.example' is no"));

    Config pages;
    pages.limits.page_default = 11;
    pages.limits.page_max = 10;
    EXPECT_EQ(refusal(pages), "limits.page_default must not be larger than limits.page_max");
    pages.limits.page_max = 11;
    EXPECT_EQ(refusal(pages), "");

    Config heads;
    heads.limits.target_bytes_max = heads.limits.header_bytes_max + 1;
    EXPECT_EQ(refusal(heads),
              "limits.target_bytes_max must not be larger than limits.header_bytes_max");

    Config address;
    address.listen = "5000";
    EXPECT_TRUE(refusal(address).starts_with("listen: '5000' is not HOST:PORT"));
    address = Config();
    address.listen_http = "5001";
    EXPECT_TRUE(refusal(address).starts_with("listen_http: '5001' is not HOST:PORT"));
    address.listen_http = address.listen;
    EXPECT_EQ(refusal(address), "listen and listen_http must not be the same address");
    address.listen = address.listen_http = "127.0.0.1:0";
    EXPECT_EQ(refusal(address), "");
}

TEST(Validate, LocalModeIsForThisMachine) {
    Config config;
    config.local = true;
    for (const char* address : {"127.0.0.1:5443", "127.1.2.3:0", "[::1]:5443", "localhost:5443"}) {
        config.listen = address;
        EXPECT_EQ(refusal(config), "") << address;
    }
    for (const char* address :
         {"0.0.0.0:5443", "[::]:5443", "192.168.1.2:5443", "127.example.com:5443",
          "localhost.example.com:5443", "registry.localhost:5443"}) {
        config.listen = address;
        EXPECT_TRUE(refusal(config).starts_with("others can reach " + config.listen)) << address;
    }
    config.listen_http = config.listen;
    config.listen = "127.0.0.1:5443";
    EXPECT_TRUE(refusal(config).starts_with("others can reach "));
    config.local_anywhere = true;
    EXPECT_EQ(refusal(config), "");
    config.local_names = "berth, a b";
    EXPECT_EQ(refusal(config), "local_names: 'a b' is neither a host name nor an address");
}

TEST(SplitNames, CommasAndBlanks) {
    using Names = std::vector<std::string>;
    EXPECT_EQ(split_names(""), Names());
    EXPECT_EQ(split_names(" , ,"), Names());
    EXPECT_EQ(split_names("a"), Names({"a"}));
    EXPECT_EQ(split_names(" a b ,\tc,d"), Names({"a b", "c", "d"}));
}

}  // namespace
}  // namespace berth::app
