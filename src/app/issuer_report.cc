// SPDX-License-Identifier: Apache-2.0
#include "app/issuer_report.h"

#include "auth/oidc/issuer_document.h"
#include "auth/oidc/trust_rule.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/try.h"

#include <fmt/format.h>

#include <utility>

namespace berth::app {
namespace {

std::string json_list(const std::vector<std::string>& texts) {
    std::string list;
    for (const std::string& text : texts) {
        list += (list.empty() ? "" : ",") + json_quote(text);
    }
    return "[" + list + "]";
}

/// As of accounts: what is not there is null.
std::string json_text_or_null(const std::string& text) {
    return text.empty() ? "null" : json_quote(text);
}

std::string joined(const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts) {
        all += (all.empty() ? "" : ", ") + text;
    }
    return all;
}

std::vector<std::string> issuer_urls(const auth::IssuerDocument& document) {
    std::vector<std::string> urls;
    for (const auth::IssuerLocation& location : auth::locations_of(document)) {
        urls.push_back(location.issuer);
    }
    return urls;
}

std::string rule_json(const meta::TrustRuleRow& row) {
    const Result<auth::TrustRule> rule = auth::parse_trust_rule(row.document);
    std::string text = "{\"name\":" + json_quote(row.name) +
                       ",\"created_at\":" + json_quote(format_timestamp(row.created_at));
    if (!rule) {
        return text + ",\"problem\":" + json_quote(rule.error().log_detail) + "}";
    }
    text += ",\"claims\":[";
    for (const auth::ClaimCondition& condition : rule->conditions) {
        text += text.ends_with('[') ? "" : ",";
        text += "{\"name\":" + json_quote(condition.name) +
                ",\"pattern\":" + json_quote(condition.pattern) + "}";
    }
    return text + "],\"scope_maps\":" + json_list(rule->scope_maps) + "}";
}

std::string rules_json(const std::vector<meta::TrustRuleRow>& rules) {
    std::string list;
    for (const meta::TrustRuleRow& rule : rules) {
        list += (list.empty() ? "" : ",") + rule_json(rule);
    }
    return "[" + list + "]";
}

std::string document_json(const auth::IssuerDocument& document) {
    return fmt::format(
        R"("preset":{},"issuers":{},"tenants":{},"audiences":{},"discovery":{},"ca_file":{},)"
        R"("allow_private":{},"clock_skew":{})",
        json_quote(auth::name_of(document.preset)), json_list(issuer_urls(document)),
        json_list(document.tenants), json_list(document.audiences),
        json_text_or_null(document.discovery), json_text_or_null(document.ca_file),
        document.allow_private, document.clock_skew);
}

std::string issuer_json(const IssuerEntry& entry) {
    const Result<auth::IssuerDocument> document =
        auth::parse_issuer_document(entry.issuer.document);
    return fmt::format(
        R"({{"name":{},"enabled":{},{},"rules":{},"blocked_subjects":{},"created_at":{},)"
        R"("updated_at":{}}})",
        json_quote(entry.issuer.name), entry.issuer.enabled,
        document ? document_json(*document)
                 : "\"problem\":" + json_quote(document.error().log_detail),
        rules_json(entry.rules), json_list(entry.blocked),
        json_quote(format_timestamp(entry.issuer.created_at)),
        json_quote(format_timestamp(entry.issuer.updated_at)));
}

std::string rule_line(const meta::TrustRuleRow& row) {
    const Result<auth::TrustRule> rule = auth::parse_trust_rule(row.document);
    if (!rule) {
        return row.name + ": ignored, " + rule.error().log_detail;
    }
    std::string conditions;
    for (const auth::ClaimCondition& condition : rule->conditions) {
        conditions +=
            (conditions.empty() ? "" : " and ") + condition.name + "=" + condition.pattern;
    }
    return row.name + ": " + conditions + " -> " + joined(rule->scope_maps);
}

std::string state_word(const meta::IssuerRow& issuer) {
    return issuer.enabled ? "enabled" : "disabled";
}

std::string issuer_line(const IssuerEntry& entry) {
    const Result<auth::IssuerDocument> document =
        auth::parse_issuer_document(entry.issuer.document);
    return fmt::format("{:<20} {:<8} {:<10} {:>3} {}  {}\n", entry.issuer.name,
                       state_word(entry.issuer),
                       document ? auth::name_of(document->preset) : "unreadable",
                       entry.rules.size(), entry.rules.size() == 1 ? "rule " : "rules",
                       document ? joined(issuer_urls(*document)) : document.error().log_detail);
}

void add_line(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        text += fmt::format("  {:<12} {}\n", name, value);
    }
}

std::string issuer_text(const IssuerEntry& entry) {
    std::string text = entry.issuer.name + " (" + state_word(entry.issuer) + ")\n";
    const Result<auth::IssuerDocument> document =
        auth::parse_issuer_document(entry.issuer.document);
    if (!document) {
        add_line(text, "ignored", document.error().log_detail);
    } else {
        add_line(text, "preset", auth::name_of(document->preset));
        for (const std::string& url : issuer_urls(*document)) {
            add_line(text, "issuer", url);
        }
        for (const std::string& audience : document->audiences) {
            add_line(text, "audience", audience);
        }
        add_line(text, "discovery", document->discovery);
        add_line(text, "CA file", document->ca_file);
        add_line(text, "addresses", document->allow_private ? "private ones too" : "");
        add_line(text, "clock skew", std::to_string(document->clock_skew) + " s");
    }
    for (const meta::TrustRuleRow& rule : entry.rules) {
        add_line(text, "rule", rule_line(rule));
    }
    if (entry.rules.empty()) {
        add_line(text, "rule", "none: nobody is let in");
    }
    for (const std::string& subject : entry.blocked) {
        add_line(text, "blocked", subject);
    }
    return text;
}

}  // namespace

Result<IssuerEntry> read_issuer_entry(db::Session& session, meta::IssuerRow row) {
    IssuerEntry entry;
    entry.issuer = std::move(row);
    BERTH_TRY(entry.rules, meta::list_trust_rules(session, entry.issuer.name));
    BERTH_TRY(entry.blocked, meta::list_blocked_subjects(session, entry.issuer.name));
    return entry;
}

Result<IssuerEntry> find_issuer_entry(db::Session& session, const std::string& name) {
    BERTH_TRY(std::optional<meta::IssuerRow> row, meta::find_issuer(session, name));
    if (!row) {
        return fail(Errc::name_unknown, "there is no issuer '" + name + "'");
    }
    return read_issuer_entry(session, *std::move(row));
}

std::string show_issuer(const IssuerEntry& entry, OutputFormat format) {
    return format == OutputFormat::json ? issuer_json(entry) + "\n" : issuer_text(entry);
}

std::string show_issuers(const std::vector<IssuerEntry>& entries, OutputFormat format) {
    std::string text;
    for (const IssuerEntry& entry : entries) {
        text += format == OutputFormat::json ? (text.empty() ? "" : ",") + issuer_json(entry)
                                             : issuer_line(entry);
    }
    if (format == OutputFormat::json) {
        return "[" + text + "]\n";
    }
    return text.empty() ? "no issuer: accounts alone sign in\n" : text;
}

std::string show_trust_rules(const std::vector<meta::TrustRuleRow>& rules, OutputFormat format) {
    if (format == OutputFormat::json) {
        return rules_json(rules) + "\n";
    }
    std::string text;
    for (const meta::TrustRuleRow& rule : rules) {
        text += rule_line(rule) + "\n";
    }
    return text.empty() ? "no rule: nobody is let in\n" : text;
}

}  // namespace berth::app
