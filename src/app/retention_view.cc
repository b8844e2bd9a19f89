// SPDX-License-Identifier: Apache-2.0
#include "app/retention_view.h"

#include "app/identity_view.h"
#include "app/value_text.h"

#include <boost/json.hpp>

#include <map>
#include <optional>
#include <string_view>

namespace berth::app {
namespace {

using registry::RetentionFinding;
using registry::Verdict;
using Rows = std::vector<std::vector<std::string>>;

boost::json::value duration_json(const std::optional<std::int64_t>& seconds) {
    return seconds ? boost::json::value(show_duration(static_cast<std::uint64_t>(*seconds)))
                   : boost::json::value(nullptr);
}

void add_condition(std::string& text, std::string_view name, const std::string& value) {
    text.append(text.empty() ? "" : ", ").append(name).append(" ").append(value);
}

std::string conditions_text(const meta::RetentionRuleRow& rule) {
    std::string text;
    if (rule.older_than) {
        add_condition(text, "older than",
                      show_duration(static_cast<std::uint64_t>(*rule.older_than)));
    }
    if (rule.not_pulled_for) {
        add_condition(text, "not pulled for",
                      show_duration(static_cast<std::uint64_t>(*rule.not_pulled_for)));
    }
    if (rule.keep_last) {
        add_condition(text, "but the last", std::to_string(*rule.keep_last));
    }
    return text;
}

std::string_view action_of(const RetentionFinding& finding) {
    switch (finding.decision.verdict) {
        case Verdict::keep:
            return "keep";
        case Verdict::untag:
            return "untag";
        case Verdict::remove:
            return "delete";
    }
    return {};
}

std::string why(const RetentionFinding& finding) {
    if (finding.went_with.empty()) {
        return std::string(registry::explain(finding.decision.reason));
    }
    return "went with " + finding.went_with;
}

boost::json::object finding_json(const RetentionFinding& finding) {
    boost::json::object json;
    json["rule"] = finding.rule;
    json["repository"] = finding.repository;
    json["tag"] = nullptr;
    if (!finding.tag.empty()) {
        json["tag"] = finding.tag;
    }
    json["digest"] = finding.digest.text();
    json["action"] = action_of(finding);
    json["reason"] = registry::name_of(finding.decision.reason);
    json["why"] = why(finding);
    return json;
}

std::string item_of(const RetentionFinding& finding) {
    return finding.tag.empty() ? finding.repository + "@" + finding.digest.text()
                               : finding.repository + ":" + finding.tag;
}

}  // namespace

std::string rule_json(const meta::RetentionRuleRow& rule) {
    boost::json::object json;
    json["name"] = rule.name;
    json["enabled"] = rule.enabled;
    json["repositories"] = rule.repositories;
    json["tags"] = nullptr;
    if (!rule.untagged) {
        json["tags"] = rule.tags;
    }
    json["untagged"] = rule.untagged;
    json["older_than"] = duration_json(rule.older_than);
    json["not_pulled_for"] = duration_json(rule.not_pulled_for);
    json["keep_last"] = nullptr;
    if (rule.keep_last) {
        json["keep_last"] = *rule.keep_last;
    }
    json["created_at"] = format_timestamp(rule.created);
    json["updated_at"] = format_timestamp(rule.updated);
    return boost::json::serialize(json);
}

std::string rules_table(std::span<const meta::RetentionRuleRow> rules) {
    Rows rows = {{"NAME", "STATE", "REPOSITORIES", "DELETES", "IF"}};
    rows.reserve(rules.size() + 1);
    for (const meta::RetentionRuleRow& rule : rules) {
        rows.push_back({rule.name, rule.enabled ? "enabled" : "disabled", rule.repositories,
                        rule.untagged ? "untagged manifests" : "tags " + rule.tags,
                        conditions_text(rule)});
    }
    return table_text(rows);
}

std::string run_json(const registry::RetentionFindings& findings, bool dry_run) {
    boost::json::object json;
    boost::json::array deleted;
    boost::json::array kept;
    for (const RetentionFinding& finding : findings) {
        auto& list = finding.decision.verdict == Verdict::keep ? kept : deleted;
        list.push_back(finding_json(finding));
    }
    json["dry_run"] = dry_run;
    json["deleted"] = std::move(deleted);
    json["kept"] = std::move(kept);
    return boost::json::serialize(json);
}

std::string run_text(const registry::RetentionFindings& findings, bool dry_run) {
    Rows rows = {{"RULE", "ITEM", "ACTION", "WHY"}};
    rows.reserve(findings.size() + 1);
    std::map<std::string_view, std::size_t> kept;
    std::size_t tags = 0;
    std::size_t manifests = 0;
    for (const RetentionFinding& finding : findings) {
        rows.push_back(
            {finding.rule, item_of(finding), std::string(action_of(finding)), why(finding)});
        if (finding.decision.verdict == Verdict::keep) {
            kept[registry::explain(finding.decision.reason)] += 1;
        } else {
            tags += finding.tag.empty() ? 0U : 1U;
            manifests += finding.decision.verdict == Verdict::remove ? 1U : 0U;
        }
    }
    std::string text = findings.empty() ? std::string() : table_text(rows);
    text.append(dry_run ? "Would delete " : "Deleted ");
    text.append(std::to_string(tags)).append(" tags and ");
    text.append(std::to_string(manifests)).append(" manifests.\n");
    for (const auto& [reason, count] : kept) {
        text.append("Kept ").append(std::to_string(count)).append(": ").append(reason).append("\n");
    }
    return text;
}

std::string bin_json(std::span<const BinContent> bin) {
    boost::json::array all;
    for (const BinContent& one : bin) {
        boost::json::object json;
        json["repository"] = one.repository;
        boost::json::array manifests;
        for (const meta::DeletedManifestRow& row : one.manifests) {
            boost::json::object manifest;
            manifest["digest"] = row.digest.text();
            manifest["media_type"] = row.media_type;
            manifest["image_size"] = row.image_size;
            manifest["deleted_at"] = format_timestamp(row.deleted);
            manifest["purge_at"] = format_timestamp(row.purge);
            manifest["deleted_by"] = row.deleted_by;
            manifests.push_back(std::move(manifest));
        }
        boost::json::array tags;
        for (const meta::DeletedTagRow& row : one.tags) {
            boost::json::object tag;
            tag["tag"] = row.name;
            tag["digest"] = row.digest.text();
            tag["deleted_at"] = format_timestamp(row.deleted);
            tag["purge_at"] = format_timestamp(row.purge);
            tag["deleted_by"] = row.deleted_by;
            tags.push_back(std::move(tag));
        }
        json["manifests"] = std::move(manifests);
        json["tags"] = std::move(tags);
        all.push_back(std::move(json));
    }
    return boost::json::serialize(all);
}

std::string bin_text(std::span<const BinContent> bin) {
    Rows rows = {{"DELETED", "PURGED AFTER", "BY", "ITEM", "DIGEST"}};
    for (const BinContent& one : bin) {
        for (const meta::DeletedManifestRow& row : one.manifests) {
            rows.push_back({format_timestamp(row.deleted), format_timestamp(row.purge),
                            row.deleted_by.empty() ? "-" : row.deleted_by, one.repository,
                            row.digest.text()});
        }
        for (const meta::DeletedTagRow& row : one.tags) {
            rows.push_back({format_timestamp(row.deleted), format_timestamp(row.purge),
                            row.deleted_by.empty() ? "-" : row.deleted_by,
                            one.repository + ":" + row.name, row.digest.text()});
        }
    }
    return rows.size() == 1 ? "nothing was deleted that could be restored\n" : table_text(rows);
}

}  // namespace berth::app
