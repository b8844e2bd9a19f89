// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/issuer_document.h"

#include "auth/oidc/json_members.h"
#include "base/encode.h"
#include "base/try.h"

#include <algorithm>
#include <array>
#include <span>

namespace berth::auth {
namespace {

constexpr std::array<std::string_view, 5> kPresetWords = {"entra", "github", "gitlab", "kubernetes",
                                                          "oidc"};
constexpr std::size_t kUrlBytesMax = 1024;
constexpr std::size_t kTextBytesMax = 1024;
constexpr std::size_t kTenantsMax = 64;
constexpr std::size_t kAudiencesMax = 64;
constexpr std::size_t kNameBytesMax = 64;

constexpr std::string_view kEntraLogin = "https://login.microsoftonline.com";
constexpr std::string_view kGithub = "https://token.actions.githubusercontent.com";
constexpr std::string_view kGitlab = "https://gitlab.com";

// What the Azure SDKs and az ask tokens for, as they do and without and with the final slash.
constexpr std::array<std::string_view, 6> kEntraAudiences = {
    "https://management.azure.com/",        "https://management.azure.com",
    "https://management.core.windows.net/", "https://management.core.windows.net",
    "https://containerregistry.azure.net/", "https://containerregistry.azure.net",
};

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_visible(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < '\x7F'; });
}

Result<void> check_url(std::string_view what, std::string_view url, bool allow_http) {
    const bool has_scheme =
        url.starts_with("https://") || (allow_http && url.starts_with("http://"));
    if (!has_scheme || url.size() > kUrlBytesMax || !is_visible(url) ||
        url.find_first_of("?#@\\\"<>") != std::string_view::npos ||
        url.find("://") + 3 == url.size()) {
        return fail(Errc::bad_request, std::string(what) + " '" + std::string(url) + "' is not " +
                                           (allow_http ? "a URL" : "an https URL") +
                                           " without query and user");
    }
    return {};
}

Result<void> check_audiences(const IssuerDocument& document) {
    if (document.audiences.empty()) {
        return fail(Errc::bad_request,
                    "an audience is needed (--audience): what tokens for this registry say");
    }
    if (document.audiences.size() > kAudiencesMax) {
        return fail(Errc::bad_request, "too many audiences");
    }
    for (const std::string& audience : document.audiences) {
        if (audience.empty() || audience.size() > kTextBytesMax || !is_visible(audience)) {
            return fail(Errc::bad_request, "audience '" + audience +
                                               "' is empty, too long, or not "
                                               "plain text");
        }
    }
    return {};
}

Result<void> check_tenants(const IssuerDocument& document) {
    if (document.preset != IssuerPreset::entra) {
        return document.tenants.empty()
                   ? Result<void>()
                   : fail(Errc::bad_request, "tenants are for the preset entra only");
    }
    if (document.tenants.empty() || document.tenants.size() > kTenantsMax) {
        return fail(Errc::bad_request, "the preset entra needs from 1 to " +
                                           std::to_string(kTenantsMax) + " tenants (--tenant)");
    }
    for (const std::string& tenant : document.tenants) {
        if (!is_guid(tenant)) {
            return fail(Errc::bad_request, "tenant '" + tenant + "' is not a GUID");
        }
    }
    return {};
}

Result<void> check_urls(const IssuerDocument& document) {
    if (document.preset == IssuerPreset::entra) {
        if (!document.issuer.empty()) {
            return fail(Errc::bad_request, "the preset entra takes tenants, not an issuer");
        }
    } else if (document.issuer.empty()) {
        return fail(Errc::bad_request, "an issuer URL is needed (--issuer)");
    } else {
        // Only a name unless discovery starts there too.
        const bool names_only = !document.discovery.empty();
        BERTH_TRY_VOID(check_url("issuer", document.issuer, document.allow_private || names_only));
    }
    return document.discovery.empty()
               ? Result<void>()
               : check_url("discovery", document.discovery, document.allow_private);
}

void fill_in(IssuerDocument& document) {
    if (document.preset == IssuerPreset::github && document.issuer.empty()) {
        document.issuer = kGithub;
    }
    if (document.preset == IssuerPreset::gitlab && document.issuer.empty()) {
        document.issuer = kGitlab;
    }
    if (document.preset == IssuerPreset::entra && document.audiences.empty()) {
        document.audiences.assign(kEntraAudiences.begin(), kEntraAudiences.end());
    }
    for (std::string& tenant : document.tenants) {
        std::ranges::transform(tenant, tenant.begin(), lower);
    }
}

std::string entra_issuer_v1(std::string_view tenant) {
    std::string issuer = "https://sts.windows.net/";
    issuer += tenant;
    issuer += "/";
    return issuer;
}

std::string entra_issuer_v2(std::string_view tenant) {
    std::string issuer(kEntraLogin);
    issuer += "/";
    issuer += tenant;
    issuer += "/v2.0";
    return issuer;
}

std::string without_final_slash(std::string_view url) {
    return std::string(url.ends_with('/') ? url.substr(0, url.size() - 1) : url);
}

void append_text(std::string& out, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        out += ",\"" + std::string(name) + "\":" + json_quote(value);
    }
}

void append_list(std::string& out, std::string_view name, std::span<const std::string> values) {
    if (values.empty()) {
        return;
    }
    out += ",\"" + std::string(name) + "\":[";
    for (const std::string& value : values) {
        out += out.ends_with('[') ? "" : ",";
        out += json_quote(value);
    }
    out += "]";
}

}  // namespace

std::string_view name_of(IssuerPreset preset) {
    return kPresetWords.at(static_cast<std::size_t>(preset));
}

std::optional<IssuerPreset> parse_issuer_preset(std::string_view word) {
    const auto found = std::ranges::find(kPresetWords, word);
    return found == kPresetWords.end()
               ? std::nullopt
               : std::optional(static_cast<IssuerPreset>(found - kPresetWords.begin()));
}

bool is_guid(std::string_view text) {
    if (text.size() != 36) {
        return false;
    }
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (is_dash ? text[i] != '-' : !is_hex(text[i])) {
            return false;
        }
    }
    return true;
}

bool is_trust_name(std::string_view name) {
    const auto is_alphanumeric = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    };
    return !name.empty() && name.size() <= kNameBytesMax && is_alphanumeric(name.front()) &&
           name != "local" && std::ranges::all_of(name, [&is_alphanumeric](char c) {
               return is_alphanumeric(c) || c == '.' || c == '_' || c == '-';
           });
}

Result<IssuerDocument> complete(IssuerDocument document) {
    fill_in(document);
    BERTH_TRY_VOID(check_tenants(document));
    BERTH_TRY_VOID(check_urls(document));
    BERTH_TRY_VOID(check_audiences(document));
    if (document.ca_file.size() > kTextBytesMax ||
        document.ca_file.find('\0') != std::string::npos) {
        return fail(Errc::bad_request, "the CA file's name is too long");
    }
    if (document.clock_skew < 0 || document.clock_skew > kClockSkewMax) {
        return fail(Errc::bad_request,
                    "clock skew is from 0 to " + std::to_string(kClockSkewMax) + " seconds");
    }
    return document;
}

std::string print(const IssuerDocument& document) {
    std::string text = "{\"preset\":" + json_quote(name_of(document.preset));
    append_text(text, "issuer", document.issuer);
    append_list(text, "tenants", document.tenants);
    append_list(text, "audiences", document.audiences);
    append_text(text, "discovery", document.discovery);
    append_text(text, "ca_file", document.ca_file);
    if (document.allow_private) {
        text += ",\"allow_private\":true";
    }
    if (document.clock_skew != kClockSkew) {
        text += ",\"clock_skew\":" + std::to_string(document.clock_skew);
    }
    return text + "}";
}

Result<IssuerDocument> parse_issuer_document(std::string_view json) {
    BERTH_TRY(const boost::json::object object, parse_json_object(json));
    IssuerDocument document;
    std::string preset;
    JsonMembers members(object);
    members.read("preset", preset);
    members.read("issuer", document.issuer);
    members.read("tenants", document.tenants);
    members.read("audiences", document.audiences);
    members.read("discovery", document.discovery);
    members.read("ca_file", document.ca_file);
    members.read("allow_private", document.allow_private);
    members.read("clock_skew", document.clock_skew);
    BERTH_TRY_VOID(members.finish());
    const std::optional<IssuerPreset> known = parse_issuer_preset(preset);
    if (!known) {
        return fail(Errc::bad_request, "unknown preset '" + preset + "'");
    }
    document.preset = *known;
    return complete(std::move(document));
}

std::vector<IssuerLocation> locations_of(const IssuerDocument& document) {
    std::vector<IssuerLocation> locations;
    if (document.preset != IssuerPreset::entra) {
        const std::string& base = document.discovery.empty() ? document.issuer : document.discovery;
        locations.emplace_back(document.issuer, without_final_slash(base), "");
        return locations;
    }
    const std::string login = document.discovery.empty() ? std::string(kEntraLogin)
                                                         : without_final_slash(document.discovery);
    for (const std::string& tenant : document.tenants) {
        std::string at_login = login;
        at_login += "/";
        at_login += tenant;
        locations.emplace_back(entra_issuer_v1(tenant), at_login, tenant);
        at_login += "/v2.0";
        locations.emplace_back(entra_issuer_v2(tenant), at_login, tenant);
    }
    return locations;
}

}  // namespace berth::auth
