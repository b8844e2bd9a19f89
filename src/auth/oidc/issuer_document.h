// SPDX-License-Identifier: Apache-2.0
//
// Which tokens of whom are taken: what an operator says about an issuer, as a value, as the JSON
// that the catalog keeps, and as what follows from it. docs/issuers.md is its prose. Pure.
#pragma once

#include "auth/token_claims.h"
#include "base/error.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace berth::auth {

inline constexpr Seconds kClockSkew = 60;
inline constexpr Seconds kClockSkewMax = 600;

/// Who issues, and what is known of them without being told.
enum class IssuerPreset : std::uint8_t { entra, github, gitlab, kubernetes, oidc };

/// The word of a preset; and the reverse, nullopt for any other word.
std::string_view name_of(IssuerPreset preset);
std::optional<IssuerPreset> parse_issuer_preset(std::string_view word);

struct IssuerDocument {
    IssuerDocument() = default;

    IssuerPreset preset = IssuerPreset::oidc;
    /// The `iss` of its tokens; empty for entra, where it follows from the tenant.
    std::string issuer;
    /// GUIDs in lower case; entra only.
    std::vector<std::string> tenants;
    /// What `aud` must be one of.
    std::vector<std::string> audiences;
    /// Where discovery starts when not at the issuer (entra: when not at the public cloud's login
    /// host); `/.well-known/openid-configuration` comes after it.
    std::string discovery;
    /// PEM file of the certificates to trust, instead of the system's.
    std::string ca_file;
    /// Addresses that are not on the public Internet too, and plain http on this machine.
    bool allow_private = false;
    Seconds clock_skew = kClockSkew;

    friend bool operator==(const IssuerDocument&, const IssuerDocument&) = default;
};

/// Fills in what the preset knows, in lower case what has to be, and checks the whole.
/// Errc::bad_request with a text for the operator in log_detail.
Result<IssuerDocument> complete(IssuerDocument document);

/// JSON; parse_issuer_document() reads it back.
std::string print(const IssuerDocument& document);
/// Errc::bad_request, with what is wrong in log_detail, also for members it does not know.
Result<IssuerDocument> parse_issuer_document(std::string_view json);

/// One `iss` and where its keys are found.
struct IssuerLocation {
    IssuerLocation(std::string iss, std::string base, std::string tenant_id)
        : issuer(std::move(iss)), discovery(std::move(base)), tenant(std::move(tenant_id)) {}

    std::string issuer;
    std::string discovery;  // without the well-known part
    std::string tenant;     // entra: what `tid` must be; else empty
};

/// Of a complete document: entra has two for each tenant, everybody else one.
std::vector<IssuerLocation> locations_of(const IssuerDocument& document);

/// Lower-case letters, digits, `.`, `_` and `-`, at most 64, starting with a letter or digit; and
/// not `local`, which is what the local mode calls its own. Of issuers and of rules.
bool is_trust_name(std::string_view name);

/// 8-4-4-4-12 hex digits in any case.
bool is_guid(std::string_view text);

}  // namespace berth::auth
