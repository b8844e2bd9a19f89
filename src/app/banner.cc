// SPDX-License-Identifier: Apache-2.0
#include "app/banner.h"

#include "berth_version.h"

#include <fmt/format.h>

#include <filesystem>
#include <system_error>

namespace berth::app {

namespace {

std::string sign_in_lines(const Config& config, const std::optional<std::string>& first_password) {
    const std::filesystem::path file =
        std::filesystem::absolute(std::filesystem::path(config.data) / "admin-password");
    if (first_password) {
        return fmt::format("  account     admin, password {} (shown this once; kept in {})\n",
                           *first_password, file.lexically_normal().string());
    }
    std::error_code unreadable;
    if (!std::filesystem::exists(file, unreadable)) {
        return "  account     admin; berth user password admin makes a new password\n";
    }
    return fmt::format("  account     admin, password in {}\n", file.lexically_normal().string());
}

std::string access_words(const Config& config) {
    const std::string& where = config.anonymous_repositories;
    const std::string only = where == "*" ? "" : "; only " + where;
    switch (config.anonymous) {
        case auth::AnonymousAccess::none:
            return "nothing: every request needs an account";
        case auth::AnonymousAccess::read:
            return "may pull" + only;
        case auth::AnonymousAccess::write:
            return "may pull, push and delete" + only;
    }
    return "";
}

}  // namespace

std::string banner(const Config& config, const std::vector<std::string>& urls,
                   const std::optional<std::string>& first_password) {
    const std::string& url = urls.front();
    const std::string host = url.substr(url.find("://") + 3);
    const bool tls = url.starts_with("https://");
    std::string text = fmt::format("Berth {}\n", kVersion);
    for (const std::string& each : urls) {
        text += fmt::format("  listening   {}\n", each);
    }
    text += fmt::format("  data        {}\n  anonymous   {}\n",
                        std::filesystem::absolute(config.data).lexically_normal().string(),
                        access_words(config));
    text += sign_in_lines(config, first_password);
    text += fmt::format(
        "\n"
        "  docker login -u admin {0}\n"
        "  docker tag hello-world {0}/hello-world && docker push {0}/hello-world\n"
        "  skopeo copy {1}docker-daemon:hello-world:latest docker://{0}/hello-world:latest\n"
        "\n",
        host, tls ? "" : "--dest-tls-verify=false ");
    return text;
}

}  // namespace berth::app
