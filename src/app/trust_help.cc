// SPDX-License-Identifier: Apache-2.0
#include "app/trust_help.h"

#include <fmt/format.h>

#include <algorithm>

namespace berth::app {

std::string shell_word(const std::string& text) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view("-_./:@%+=,").find(c) != std::string_view::npos;
    };
    if (!text.empty() && std::ranges::all_of(text, is_plain)) {
        return text;
    }
    std::string quoted = "'";
    for (const char c : text) {
        quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return quoted + "'";
}

std::string trust_help(const std::string& authority, const std::string& registry) {
    return fmt::format(
        "docker (no restart needed):\n"
        "  sudo install -D -m 644 {0} /etc/docker/certs.d/{1}/ca.crt\n"
        "podman, buildah, skopeo:\n"
        "  sudo install -D -m 644 {0} /etc/containers/certs.d/{1}/ca.crt\n"
        "containerd (config_path = \"/etc/containerd/certs.d\" in its config.toml):\n"
        "  sudo install -D -m 644 {0} /etc/containerd/certs.d/{1}/ca.crt\n"
        "  printf 'server = \"https://{1}\"\\n\\n[host.\"https://{1}\"]\\n  ca = \"ca.crt\"\\n' |\n"
        "    sudo tee /etc/containerd/certs.d/{1}/hosts.toml\n"
        "az, and Python with requests:\n"
        "  export REQUESTS_CA_BUNDLE={0}\n"
        "Python without requests, Go, curl, the acr CLI:\n"
        "  export SSL_CERT_FILE={0}\n"
        "Node:\n"
        "  export NODE_EXTRA_CA_CERTS={0}\n"
        "Java, one program (-D... twice on its command line), or the whole machine:\n"
        "  keytool -importcert -noprompt -keystore berth.p12 -storepass changeit -alias berth "
        "-file {0}\n"
        "  -Djavax.net.ssl.trustStore=berth.p12 -Djavax.net.ssl.trustStorePassword=changeit\n"
        "  sudo keytool -importcert -noprompt -cacerts -storepass changeit -alias berth -file {0}\n"
        "the system, Debian and Ubuntu (curl, git, Go, .NET, docker after a restart):\n"
        "  sudo install -m 644 {0} /usr/local/share/ca-certificates/berth.crt\n"
        "  sudo update-ca-certificates\n"
        "the system, Fedora and its relatives:\n"
        "  sudo install -m 644 {0} /etc/pki/ca-trust/source/anchors/berth.crt\n"
        "  sudo update-ca-trust\n"
        "the system, macOS:\n"
        "  sudo security add-trusted-cert -d -r trustRoot -k /Library/Keychains/System.keychain "
        "{0}\n",
        shell_word(authority), registry);
}

}  // namespace berth::app
