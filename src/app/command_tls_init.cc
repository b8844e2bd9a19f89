// SPDX-License-Identifier: Apache-2.0
#include "app/command_tls_init.h"

#include "app/authority_directory.h"
#include "app/trust_help.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/try.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>
#include <unistd.h>

namespace berth::app {

namespace {

struct Made {
    AuthorityDirectory files;
    AuthorityDirectory::Opened authority;
    CertificateNames names;
    io::CertificateSummary server;
    std::string port;
};

/// This machine under the names that need no thought, and its own if that can be one.
std::vector<std::string> usual_names() {
    std::vector<std::string> names = {"localhost", "127.0.0.1", "::1"};
    std::array<char, 256> host{};
    if (::gethostname(host.data(), host.size() - 1) == 0 && parse_certificate_name(host.data())) {
        names.insert(names.begin(), host.data());
    }
    return names;
}

std::filesystem::path directory_of(const Invocation& given) {
    const std::string word = given.arguments.text("DIR");
    const std::filesystem::path chosen =
        word.empty() ? std::filesystem::path(given.loaded.config.data) / "tls"
                     : std::filesystem::path(word);
    return std::filesystem::absolute(chosen).lexically_normal();
}

Result<Made> make(const Invocation& given) {
    const std::vector<std::string> asked = given.arguments.list("--name");
    BERTH_TRY(CertificateNames names,
              parse_certificate_names(asked.empty() ? usual_names() : asked));
    BERTH_TRY(CertificateNames wider, parse_certificate_names(given.arguments.list("--domain")));
    wider.insert(wider.end(), names.begin(), names.end());

    const AuthorityDirectory files(directory_of(given));
    BERTH_TRY(AuthorityDirectory::Opened opened, files.open(wider));
    Result<CertificatePair> pair = opened.authority.issue(names);
    if (!pair) {
        return fail(Errc::bad_request, pair.error().log_detail +
                                           ": it was made for other names. Use another directory, "
                                           "or remove " +
                                           files.authority_certificate().string() + " and " +
                                           files.authority_key().string() +
                                           " and have every client trust the new authority");
    }
    BERTH_TRY_VOID(files.write_server(*pair));
    io::TlsMaterial material;
    material.certificate = pair->certificate;
    material.key = pair->key;
    BERTH_TRY(const std::unique_ptr<io::TlsContext> server, io::TlsContext::make(material));
    BERTH_TRY(const HostPort address, parse_host_port(given.loaded.config.listen));
    return Made{.files = files,
                .authority = std::move(opened),
                .names = std::move(names),
                .server = server->certificate(),
                .port = std::to_string(address.port)};
}

std::string end_of(const io::CertificateSummary& certificate) {
    return format_timestamp(Timestamp{certificate.not_after * kTicksPerSecond});
}

std::string joined(const CertificateNames& names) {
    std::string text;
    for (const CertificateName& name : names) {
        text += (text.empty() ? "" : ", ") + name.text;
    }
    return text;
}

std::string as_text(const Made& made) {
    const AuthorityDirectory& files = made.files;
    const std::string authority = files.authority_certificate().string();
    const CertificateName& first = made.names.front();
    const bool is_v6 = first.is_address && first.text.find(':') != std::string::npos;
    const std::string host = is_v6 ? "[" + first.text + "]" : first.text;
    return fmt::format(
               "{} authority {}, until {}\n"
               "  {}\n"
               "  {} (whoever has it can sign for these names: keep it private)\n"
               "new certificate for {}, until {}\n"
               "  {}\n"
               "  {}\n"
               "\n"
               "The server; one that runs with these files takes new ones within seconds:\n"
               "  berth serve --listen 0.0.0.0:{} --tls-cert {} --tls-key {}\n"
               "\n"
               "Clients have to trust the authority, each in its own way:\n"
               "\n",
               made.authority.is_new ? "new" : "kept", made.authority.authority.summary().subject,
               end_of(made.authority.authority.summary()), authority,
               files.authority_key().string(), joined(made.names), end_of(made.server),
               files.server_certificate().string(), files.server_key().string(), made.port,
               shell_word(files.server_certificate().string()),
               shell_word(files.server_key().string())) +
           trust_help(authority, host + ":" + made.port);
}

std::string as_json(const Made& made) {
    std::string names;
    for (const CertificateName& name : made.names) {
        names += (names.empty() ? "" : ",") + json_quote(name.text);
    }
    return fmt::format(
        R"({{"authority":{{"certificate":{},"key":{},"subject":{},"expires_at":{},"is_new":{}}},)"
        R"("server":{{"certificate":{},"key":{},"serial":{},"expires_at":{},"names":[{}]}}}})"
        "\n",
        json_quote(made.files.authority_certificate().string()),
        json_quote(made.files.authority_key().string()),
        json_quote(made.authority.authority.summary().subject),
        json_quote(end_of(made.authority.authority.summary())), made.authority.is_new,
        json_quote(made.files.server_certificate().string()),
        json_quote(made.files.server_key().string()), json_quote(made.server.serial),
        json_quote(end_of(made.server)), names);
}

Result<std::string> run_tls_init(const Invocation& given) {
    BERTH_TRY(const Made made, make(given));
    return given.output == OutputFormat::json ? as_json(made) : as_text(made);
}

}  // namespace

std::vector<Command> tls_commands() {
    using enum Parameter::Values;
    return {
        group("tls", "Certificates for this server"),
        Command("tls init", "Make a certificate, and an authority for it that clients can trust",
                Command::Takes::catalog,
                {Parameter("DIR", "", "Where they are kept [DATA/tls]"),
                 Parameter("--name", "DNS|IP",
                           "A name of the server [localhost, 127.0.0.1, ::1, the host's]", many),
                 Parameter("--domain", "DNS|IP",
                           "What a new authority may sign for later, beside these names", many)},
                run_tls_init),
    };
}

}  // namespace berth::app
