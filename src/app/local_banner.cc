// SPDX-License-Identifier: Apache-2.0
#include "app/local_banner.h"

#include "app/local_mode.h"
#include "app/trust_help.h"
#include "berth_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>

namespace berth::app {

namespace {

/// The port of the first address of this scheme; nothing when there is none.
std::optional<std::string> port_of(const std::vector<std::string>& urls, std::string_view scheme) {
    const auto found =
        std::ranges::find_if(urls, [&](const std::string& url) { return url.starts_with(scheme); });
    if (found == urls.end()) {
        return std::nullopt;
    }
    return found->substr(found->rfind(':') + 1);
}

std::string authority_file(const Config& config) {
    const Result<AuthorityDirectory> directory = local_authority_directory(config);
    return directory ? std::filesystem::absolute(directory->authority_certificate())
                           .lexically_normal()
                           .string()
                     : "";
}

std::string head(const Config& config, const std::vector<std::string>& urls) {
    const auth::LocalAccount account = local_account();
    std::string text = fmt::format(
        "Berth {}, local mode\n"
        "  WARNING     everybody who reaches these addresses may do everything. Not for "
        "production.\n",
        kVersion);
    for (const std::string& url : urls) {
        text += fmt::format("  listening   {}\n", url);
    }
    text += fmt::format(
        "  data        {}\n"
        "  account     {}, password {}\n",
        config.in_memory ? "in memory; gone when the server ends"
                         : std::filesystem::absolute(config.data).lexically_normal().string(),
        account.name, account.password);
    return text;
}

std::string docker_lines(std::string_view port) {
    const auth::LocalAccount account = local_account();
    return fmt::format(
        "\ndocker\n"
        "  docker login -u {1} -p {2} localhost:{0}\n"
        "  docker tag hello-world localhost:{0}/hello-world && docker push "
        "localhost:{0}/hello-world\n",
        port, account.name, account.password);
}

std::string az_lines(std::string_view port, const std::string& authority) {
    const auth::LocalAccount account = local_account();
    return fmt::format(
        "\naz (az cloud set -n AzureCloud goes back)\n"
        "  export REQUESTS_CA_BUNDLE={1}\n"
        "  az cloud register -n berth --suffix-acr-login-server-endpoint .0.0.1:{0} \\\n"
        "    --endpoint-resource-manager https://localhost:1 --endpoint-management "
        "https://localhost:1 \\\n"
        "    --endpoint-gallery https://localhost:1 --endpoint-active-directory "
        "https://localhost:1 \\\n"
        "    --endpoint-active-directory-resource-id https://localhost:1 \\\n"
        "    --endpoint-active-directory-graph-resource-id https://localhost:1\n"
        "  az cloud set -n berth\n"
        "  az acr repository list -n 127 -u {2} -p {3}\n",
        port, shell_word(authority), account.name, account.password);
}

/// Without a package name where there is but one; the credential answers the same token always.
std::string sdk_lines(std::string_view port, const std::string& authority) {
    return fmt::format(
        "\nSDKs: endpoint https://localhost:{0}, a credential that answers TOKEN\n"
        "  TOKEN={2}\n"
        "JavaScript, with NODE_EXTRA_CA_CERTS={1}\n"
        "  new ContainerRegistryClient(\"https://localhost:{0}\",\n"
        "    {{ getToken: async () => ({{ token: TOKEN, expiresOnTimestamp: 4102444800000 }}) }})\n"
        "Python, with REQUESTS_CA_BUNDLE={1}\n"
        "  class Developer:\n"
        "      def get_token(self, *scopes, **options): return AccessToken(TOKEN, 4102444800)\n"
        "  ContainerRegistryClient(\"https://localhost:{0}\", Developer())\n"
        ".NET, with SSL_CERT_FILE={1}\n"
        "  new ContainerRegistryClient(new Uri(\"https://localhost:{0}\"),\n"
        "    DelegatedTokenCredential.Create((context, cancel) =>\n"
        "      new AccessToken(TOKEN, DateTimeOffset.FromUnixTimeSeconds(4102444800))))\n"
        "Go, with SSL_CERT_FILE={1}\n"
        "  func (developer) GetToken(context.Context, policy.TokenRequestOptions) "
        "(azcore.AccessToken, error) {{\n"
        "      return azcore.AccessToken{{Token: TOKEN, ExpiresOn: time.Unix(4102444800, 0)}}, "
        "nil\n"
        "  }}\n"
        "  azcontainerregistry.NewClient(\"https://localhost:{0}\", developer{{}}, nil)\n"
        "Java, after keytool -importcert -noprompt -keystore berth.p12 -storepass changeit -alias "
        "berth -file {1}\n"
        "  -Djavax.net.ssl.trustStore=berth.p12 -Djavax.net.ssl.trustStorePassword=changeit\n"
        "  new ContainerRegistryClientBuilder().endpoint(\"https://localhost:{0}\")\n"
        "    .credential(request -> Mono.just(new AccessToken(TOKEN, "
        "OffsetDateTime.now().plusDays(1)))).buildClient()\n",
        port, shell_word(authority), local_token());
}

}  // namespace

std::string local_banner(const Config& config, const std::vector<std::string>& urls) {
    const std::optional<std::string> https = port_of(urls, "https:");
    const std::optional<std::string> http = port_of(urls, "http:");
    std::string text = head(config, urls);
    const bool has_authority = config.tls.cert.empty();
    const std::string authority = has_authority ? authority_file(config) : "AUTHORITY.pem";
    if (https && has_authority) {
        text += fmt::format("  authority   {}: trust it once, see below\n", authority);
    }
    text += docker_lines(http ? *http : *https);
    if (https) {
        text += az_lines(*https, authority);
        text += sdk_lines(*https, authority);
    }
    return text +
           "\nAlso as NAME.localhost and NAME.azurecr.io, where these names mean this machine.\n\n";
}

}  // namespace berth::app
