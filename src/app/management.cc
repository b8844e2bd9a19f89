// SPDX-License-Identifier: Apache-2.0
#include "app/management.h"

#include "base/try.h"

namespace berth::app {

Management::Management(Catalog catalog, ManagementAudit audit, std::filesystem::path data)
    : catalog_(std::move(catalog)),
      audit_(std::move(audit)),
      data_(std::move(data)),
      now_(berth::now()) {}

Result<Management> Management::open(const Invocation& given) {
    BERTH_TRY(Catalog catalog, Catalog::open(given.loaded.config));
    BERTH_TRY(ManagementAudit audit, ManagementAudit::open(given.loaded.config));
    return Management(std::move(catalog), std::move(audit), given.loaded.config.data);
}

void Management::record(std::string_view operation, std::string_view subject) {
    std::string name(operation);
    std::ranges::replace(name, ' ', '_');
    std::ranges::replace(name, '-', '_');
    audit_.done(name, subject);
}

std::optional<std::filesystem::path> Management::remove_first_password() const {
    std::filesystem::path file = data_ / "admin-password";
    std::error_code failed;
    if (!std::filesystem::remove(file, failed) || failed) {
        return std::nullopt;
    }
    return file;
}

std::string answer(const Invocation& given, const std::string& json, std::string text) {
    return given.output == OutputFormat::json ? json + "\n" : std::move(text);
}

}  // namespace berth::app
