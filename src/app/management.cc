// SPDX-License-Identifier: Apache-2.0
#include "app/management.h"

#include "base/assert.h"

#include <algorithm>

namespace berth::app {

Management::Management(Catalog catalog, const Config& config)
    : catalog_(std::move(catalog)), config_(&config), now_(berth::now()) {}

Result<Management> Management::open(const Invocation& given) {
    BERTH_TRY(Catalog catalog, Catalog::open(given.loaded.config));
    return Management(std::move(catalog), given.loaded.config);
}

Result<void> Management::open_audit() {
    if (!audit_) {
        BERTH_TRY(audit_, ManagementAudit::open(*config_));
    }
    return {};
}

void Management::record(std::string_view operation, std::string_view subject) {
    std::string name(operation);
    std::ranges::replace(name, ' ', '_');
    std::ranges::replace(name, '-', '_');
    BERTH_CHECK(audit_.has_value());
    audit_->done(name, subject);
}

std::optional<std::filesystem::path> Management::remove_first_password() const {
    std::filesystem::path file = std::filesystem::path(config_->data) / "admin-password";
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
