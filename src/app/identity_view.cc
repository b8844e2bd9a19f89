// SPDX-License-Identifier: Apache-2.0
#include "app/identity_view.h"

#include "app/scope_rules.h"

#include <boost/json.hpp>

#include <algorithm>

namespace berth::app {
namespace {

boost::json::value time_json(const std::optional<Timestamp>& time) {
    return time ? boost::json::value(format_timestamp(*time)) : boost::json::value(nullptr);
}

std::string time_text(const std::optional<Timestamp>& time) {
    return time ? format_timestamp(*time) : "never";
}

boost::json::array rules_json(const oci::Rules& rules) {
    boost::json::array all;
    for (const oci::Rule& rule : rules) {
        boost::json::object one;
        one["repository"] = rule.pattern;
        one["actions"] = boost::json::value_from(action_words(rule.actions));
        all.push_back(std::move(one));
    }
    return all;
}

boost::json::array passwords_json(const meta::Passwords& passwords,
                                  std::span<const FreshPassword> fresh) {
    boost::json::array all;
    for (int slot = 1; slot <= 2; ++slot) {
        const auto& password = passwords.at(static_cast<std::size_t>(slot - 1));
        if (!password) {
            continue;
        }
        boost::json::object one;
        one["slot"] = slot;
        one["created_at"] = format_timestamp(password->created_at);
        one["expires_at"] = time_json(password->expires_at);
        const auto shown = std::ranges::find(fresh, slot, &FreshPassword::slot);
        if (shown != fresh.end()) {
            one["password"] = shown->value;
        }
        all.push_back(std::move(one));
    }
    return all;
}

std::string state_word(const meta::AccountRow& account, Timestamp now) {
    if (!account.enabled) {
        return "disabled";
    }
    return account.expires_at && *account.expires_at <= now ? "expired" : "enabled";
}

std::string slots_text(const meta::Passwords& passwords, Timestamp now) {
    std::vector<std::string> slots;
    for (std::size_t i = 0; i < passwords.size(); ++i) {
        const auto& password = passwords.at(i);
        if (password) {
            const bool over = password->expires_at && *password->expires_at <= now;
            slots.push_back(std::to_string(i + 1) + (over ? " (expired)" : ""));
        }
    }
    return slots.empty() ? "-" : joined(slots);
}

std::string rules_text(const oci::Rules& rules) {
    std::vector<std::vector<std::string>> rows;
    for (const oci::Rule& rule : rules) {
        rows.push_back({"  " + rule.pattern, joined(action_words(rule.actions))});
    }
    return table_text(rows);
}

}  // namespace

std::string kind_word(meta::AccountKind kind) {
    switch (kind) {
        case meta::AccountKind::admin:
            return "admin";
        case meta::AccountKind::user:
            return "user";
        case meta::AccountKind::token:
            return "token";
    }
    return {};
}

std::string account_json(const meta::AccountRow& account, Timestamp now,
                         std::span<const FreshPassword> fresh, const oci::Rules* rules) {
    boost::json::object json;
    json["name"] = account.name;
    json["kind"] = kind_word(account.kind);
    json["state"] = state_word(account, now);
    json["created_at"] = format_timestamp(account.created_at);
    json["expires_at"] = time_json(account.expires_at);
    json["scope_maps"] = boost::json::value_from(account.scope_maps);
    if (rules != nullptr) {
        json["rules"] = rules_json(*rules);
    }
    json["passwords"] = passwords_json(account.passwords, fresh);
    return boost::json::serialize(json);
}

std::string account_text(const meta::AccountRow& account, Timestamp now, const oci::Rules& rules) {
    const bool is_admin = account.kind == meta::AccountKind::admin;
    std::vector<std::vector<std::string>> rows = {
        {"name", account.name},
        {"kind", kind_word(account.kind)},
        {"state", state_word(account, now)},
        {"created", format_timestamp(account.created_at)},
        {"expires", time_text(account.expires_at)},
        {"scope maps", account.scope_maps.empty() ? "-" : joined(account.scope_maps)},
    };
    for (std::size_t i = 0; i < account.passwords.size(); ++i) {
        if (const auto& password = account.passwords.at(i)) {
            rows.push_back({"password " + std::to_string(i + 1),
                            "of " + format_timestamp(password->created_at) + ", expires " +
                                time_text(password->expires_at)});
        }
    }
    rows.push_back({"may do", is_admin ? "everything" : rules.empty() ? "nothing" : "this:"});
    return table_text(rows) + rules_text(rules);
}

std::string accounts_text(std::span<const meta::AccountRow> accounts, Timestamp now) {
    std::vector<std::vector<std::string>> rows = {
        {"NAME", "KIND", "STATE", "EXPIRES", "PASSWORDS", "SCOPE MAPS"}};
    for (const meta::AccountRow& account : accounts) {
        rows.push_back({account.name, kind_word(account.kind), state_word(account, now),
                        time_text(account.expires_at), slots_text(account.passwords, now),
                        account.scope_maps.empty() ? "-" : joined(account.scope_maps)});
    }
    return table_text(rows);
}

std::string scope_map_json(const meta::ScopeMapRow& scope_map,
                           const std::vector<std::string>* accounts) {
    boost::json::object json;
    json["name"] = scope_map.name;
    json["description"] = scope_map.description;
    json["built_in"] = scope_map.is_built_in();
    json["created_at"] = scope_map.is_built_in() ? nullptr : time_json(scope_map.created_at);
    json["updated_at"] = scope_map.is_built_in() ? nullptr : time_json(scope_map.updated_at);
    json["rules"] = rules_json(scope_map.rules);
    if (accounts != nullptr) {
        json["accounts"] = boost::json::value_from(*accounts);
    }
    return boost::json::serialize(json);
}

std::string scope_map_text(const meta::ScopeMapRow& scope_map,
                           const std::vector<std::string>& accounts) {
    const std::vector<std::vector<std::string>> rows = {
        {"name", scope_map.name},
        {"description", scope_map.description.empty() ? "-" : scope_map.description},
        {"accounts", accounts.empty() ? "-" : joined(accounts)},
        {"rules", scope_map.rules.empty() ? "none" : "these:"},
    };
    return table_text(rows) + rules_text(scope_map.rules);
}

std::string scope_maps_text(std::span<const meta::ScopeMapRow> scope_maps) {
    std::vector<std::vector<std::string>> rows = {{"NAME", "RULES", "DESCRIPTION"}};
    for (const meta::ScopeMapRow& scope_map : scope_maps) {
        rows.push_back(
            {scope_map.name, std::to_string(scope_map.rules.size()), scope_map.description});
    }
    return table_text(rows);
}

std::string fresh_passwords_text(std::span<const FreshPassword> fresh) {
    std::string text;
    for (const FreshPassword& password : fresh) {
        text += "password " + std::to_string(password.slot) + ": " + password.value + "\n";
    }
    return text.empty() ? text : text + "This is shown once.\n";
}

std::string table_text(std::span<const std::vector<std::string>> rows) {
    std::vector<std::size_t> widths;
    for (const std::vector<std::string>& row : rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) {
            widths[i] = std::max(widths[i], row[i].size());
        }
    }
    std::string text;
    for (const std::vector<std::string>& row : rows) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
        }
        line.erase(line.find_last_not_of(' ') + 1);
        text += line + "\n";
    }
    return text;
}

std::string json_array(std::span<const std::string> items) {
    return "[" + joined(items, ",") + "]\n";
}

std::string joined(std::span<const std::string> words, const char* separator) {
    std::string text;
    for (const std::string& word : words) {
        text += (text.empty() ? "" : separator) + word;
    }
    return text;
}

}  // namespace berth::app
