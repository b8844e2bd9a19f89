// SPDX-License-Identifier: Apache-2.0
//
// Issuers, their rules and blocks as the command line shows them, as text or as JSON. Pure, but for
// read_issuer_entry().
#pragma once

#include "app/command.h"
#include "base/error.h"
#include "db/sql.h"
#include "meta/issuers.h"

#include <string>
#include <vector>

namespace berth::app {

struct IssuerEntry {
    IssuerEntry() = default;

    meta::IssuerRow issuer;
    std::vector<meta::TrustRuleRow> rules;
    std::vector<std::string> blocked;
};

/// With what belongs to it.
Result<IssuerEntry> read_issuer_entry(db::Session& session, meta::IssuerRow row);
/// Errc::name_unknown, with a text for the operator, when there is none.
Result<IssuerEntry> find_issuer_entry(db::Session& session, const std::string& name);

/// One object; everything there is to say.
std::string show_issuer(const IssuerEntry& entry, OutputFormat format);
/// A line for each; a list of the objects of show_issuer().
std::string show_issuers(const std::vector<IssuerEntry>& entries, OutputFormat format);
/// A line for each; a list of objects.
std::string show_trust_rules(const std::vector<meta::TrustRuleRow>& rules, OutputFormat format);

}  // namespace berth::app
