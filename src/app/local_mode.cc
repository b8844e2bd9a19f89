// SPDX-License-Identifier: Apache-2.0
#include "app/local_mode.h"

#include "base/bytes.h"
#include "base/encode.h"
#include "base/try.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <memory>
#include <optional>

namespace berth::app {

namespace {

/// Domains in which no stranger can have a name: of this machine (RFC 6761), of private networks,
/// and of the service that is imitated.
constexpr std::array kLocalDomains = {"localhost", "azurecr.io", "internal", "test"};

constexpr std::array kUsualNames = {
    "localhost", "*.localhost", "*.azurecr.io", "host.docker.internal", "host.containers.internal",
    "127.0.0.1", "::1",
};

bool is_below(std::string_view name, std::string_view domain) {
    return name == domain || (name.size() > domain.size() && name.ends_with(domain) &&
                              name[name.size() - domain.size() - 1] == '.');
}

Result<CertificateNames> served_names(const Config& config) {
    std::vector<std::string> texts(kUsualNames.begin(), kUsualNames.end());
    const std::vector<std::string> more = split_names(config.local_names);
    texts.insert(texts.end(), more.begin(), more.end());
    return parse_certificate_names(texts);
}

Result<CertificateNames> authority_names(const Config& config) {
    std::vector<std::string> texts(kLocalDomains.begin(), kLocalDomains.end());
    const std::vector<std::string> more = split_names(config.local_names);
    texts.insert(texts.end(), more.begin(), more.end());
    return parse_certificate_names(texts);
}

/// Host names without a port.
std::string_view without_port(std::string_view host) {
    if (host.starts_with('[')) {
        return host.substr(0, host.find(']') + 1);
    }
    return host.substr(0, host.find(':'));
}

/// Signs for a name that the usual certificate does not have, or has in a way that not all accept.
struct HostSigner {
    std::optional<std::string> operator()(std::string_view host) const {
        const Result<CertificateName> name = parse_certificate_name(host);
        if (!name || name->is_address || name->text.starts_with("*")) {
            return std::nullopt;
        }
        const bool is_star_refused = is_below(name->text, "localhost") && name->text != "localhost";
        if ((covers(*names, *name) && !is_star_refused) || !authority->may_sign_for(*name)) {
            return std::nullopt;
        }
        CertificateNames more = *names;
        more.push_back(*name);
        const Result<std::string> certificate = authority->certify(more, *key);
        return certificate ? std::optional(*certificate) : std::nullopt;
    }

    std::shared_ptr<const LocalAuthority> authority;
    std::shared_ptr<const CertificateNames> names;
    std::shared_ptr<const std::string> key;
};

}  // namespace

auth::LocalAccount local_account() {
    auth::LocalAccount account;
    account.name = "local";
    account.password = "berth-local-password";
    return account;
}

std::string local_token() {
    const auto part = [](std::string_view json) {
        std::string text = base64url_encode(as_bytes(json));
        text.erase(text.find_last_not_of('=') + 1);
        return text;
    };
    return part(R"({"alg":"RS256","typ":"JWT"})") + "." +
           part(R"({"iss":"https://sts.windows.net/00000000-0000-0000-0000-000000000001/",)"
                R"("aud":"https://containerregistry.azure.net",)"
                R"("tid":"00000000-0000-0000-0000-000000000001",)"
                R"("oid":"developer","exp":4102444800})") +
           "." + part("not signed");
}

Result<AuthorityDirectory> local_authority_directory(const Config& config) {
    if (!config.local_directory.empty()) {
        return AuthorityDirectory(config.local_directory);
    }
    const char* data = std::getenv("XDG_DATA_HOME");
    // The specification says to ignore a relative one.
    if (data != nullptr && data[0] == '/') {
        return AuthorityDirectory(std::filesystem::path(data) / "berth");
    }
    const char* home = std::getenv("HOME");
    if (home == nullptr || home[0] != '/') {
        return fail(Errc::bad_request,
                    "neither XDG_DATA_HOME nor HOME is set: say with "
                    "--local-directory where the certificate authority is kept");
    }
    return AuthorityDirectory(std::filesystem::path(home) / ".local" / "share" / "berth");
}

Result<io::TlsMaterial> make_local_tls(const Config& config) {
    BERTH_TRY(const AuthorityDirectory directory, local_authority_directory(config));
    BERTH_TRY(const CertificateNames wider, authority_names(config));
    BERTH_TRY(AuthorityDirectory::Opened opened, directory.open(wider));
    BERTH_TRY(CertificateNames names, served_names(config));
    Result<CertificatePair> pair = opened.authority.issue(names);
    if (!pair) {
        return fail(Errc::bad_request,
                    pair.error().log_detail + ". Remove " +
                        directory.authority_certificate().string() + " and " +
                        directory.authority_key().string() +
                        " to have a new authority for it, which clients then have to trust");
    }
    io::TlsMaterial material;
    material.certificate = pair->certificate;
    material.key = pair->key;
    material.http2 = config.server.http2;
    HostSigner signer;
    signer.authority = std::make_shared<const LocalAuthority>(std::move(opened.authority));
    signer.names = std::make_shared<const CertificateNames>(std::move(names));
    signer.key = std::make_shared<const std::string>(pair->key);
    material.certificate_for_host = signer;
    return material;
}

bool is_local_host(const Config& config, std::string_view host) {
    const Result<CertificateName> name = parse_certificate_name(without_port(host));
    if (!name) {
        return false;
    }
    // Addresses cannot be made to mean something else, and strangers own no bare names.
    if (name->is_address || name->text.find('.') == std::string::npos) {
        return true;
    }
    const Result<CertificateNames> more = parse_certificate_names(split_names(config.local_names));
    return std::ranges::any_of(kLocalDomains,
                               [&](const char* domain) { return is_below(name->text, domain); }) ||
           (more && covers(*more, *name));
}

}  // namespace berth::app
