// SPDX-License-Identifier: Apache-2.0
//
// Retention rules, what a run found, and what is in the bin, as commands print them: JSON, and text
// for people. Pure.
#pragma once

#include "meta/deleted.h"
#include "meta/retention_rules.h"
#include "registry/retention_run.h"

#include <span>
#include <string>
#include <vector>

namespace berth::app {

/// One line, without a newline.
std::string rule_json(const meta::RetentionRuleRow& rule);
std::string rules_table(std::span<const meta::RetentionRuleRow> rules);

/// `deleted` and `kept` with what and why, and how many there are of each reason.
std::string run_json(const registry::RetentionFindings& findings, bool dry_run);
std::string run_text(const registry::RetentionFindings& findings, bool dry_run);

struct BinContent {
    explicit BinContent(std::string name) : repository(std::move(name)) {}

    std::string repository;
    std::vector<meta::DeletedManifestRow> manifests;
    std::vector<meta::DeletedTagRow> tags;
};

std::string bin_json(std::span<const BinContent> bin);
std::string bin_text(std::span<const BinContent> bin);

}  // namespace berth::app
