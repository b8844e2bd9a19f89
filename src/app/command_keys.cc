// SPDX-License-Identifier: Apache-2.0
#include "app/command_keys.h"

#include "app/identity_view.h"
#include "app/management.h"
#include "auth/key_ring.h"
#include "base/try.h"
#include "meta/access_generation.h"

#include <boost/json.hpp>

namespace berth::app {
namespace {

constexpr const char* kEndTokensFlag = "--end-tokens";

auth::TokenLifetimes lifetimes_of(const Invocation& given) {
    const Config::Tokens& tokens = given.loaded.config.tokens;
    auth::TokenLifetimes lifetimes;
    lifetimes.access = tokens.access_lifetime.count();
    lifetimes.refresh = tokens.refresh_lifetime.count();
    return lifetimes;
}

std::string state_of(const meta::SigningKeyRow& key, const auth::TokenLifetimes& lifetimes,
                     Timestamp now) {
    if (!key.retired_at) {
        return "signs";
    }
    return now < auth::verifies_until(*key.retired_at, lifetimes) ? "verifies" : "over";
}

std::string json_of(const meta::SigningKeyRow& key, const auth::TokenLifetimes& lifetimes,
                    Timestamp now) {
    boost::json::object json;
    json["kid"] = key.kid;
    json["state"] = state_of(key, lifetimes, now);
    json["created_at"] = format_timestamp(key.created_at);
    json["retired_at"] = nullptr;
    json["verifies_until"] = nullptr;
    if (key.retired_at) {
        json["retired_at"] = format_timestamp(*key.retired_at);
        json["verifies_until"] = format_timestamp(auth::verifies_until(*key.retired_at, lifetimes));
    }
    return boost::json::serialize(json);
}

std::string text_of(const std::vector<meta::SigningKeyRow>& keys,
                    const auth::TokenLifetimes& lifetimes, Timestamp now) {
    if (keys.empty()) {
        return "no key yet: the first token makes one\n";
    }
    std::vector<std::vector<std::string>> rows = {{"KID", "STATE", "CREATED", "VERIFIES UNTIL"}};
    for (const meta::SigningKeyRow& key : keys) {
        rows.push_back({key.kid, state_of(key, lifetimes, now), format_timestamp(key.created_at),
                        key.retired_at
                            ? format_timestamp(auth::verifies_until(*key.retired_at, lifetimes))
                            : "-"});
    }
    return table_text(rows);
}

Result<std::vector<meta::SigningKeyRow>> read_keys(Management& management) {
    return management.read([](db::Session& session) { return meta::list_signing_keys(session); });
}

Result<std::string> keys_answer(Management& management, const Invocation& given,
                                const std::string& text) {
    BERTH_TRY(const std::vector<meta::SigningKeyRow> keys, read_keys(management));
    const auth::TokenLifetimes lifetimes = lifetimes_of(given);
    std::vector<std::string> items;
    items.reserve(keys.size());
    for (const meta::SigningKeyRow& key : keys) {
        items.push_back(json_of(key, lifetimes, management.now()));
    }
    return given.output == OutputFormat::json ? json_array(items)
                                              : text + text_of(keys, lifetimes, management.now());
}

Result<std::string> list_keys(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    return keys_answer(management, given, "");
}

Result<std::string> rotate_key(const Invocation& given) {
    const bool end_tokens = given.arguments.has(kEndTokensFlag);
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(const meta::SigningKeyRow row, auth::make_signing_key());
    const auto rotate = [&](db::Session& session) -> Result<void> {
        BERTH_TRY_VOID(meta::rotate_signing_key(session, row, management.now()));
        if (!end_tokens) {
            return {};
        }
        BERTH_TRY_VOID(meta::prune_signing_keys(session, management.now()));
        return meta::end_all_tokens(session);
    };
    BERTH_TRY_VOID(management.change("keys rotate", row.kid, rotate));
    return keys_answer(
        management, given,
        end_tokens ? "all tokens ended\n" : "tokens that are out stay good until they end\n");
}

std::vector<std::string> kids_that_are_over(const std::vector<meta::SigningKeyRow>& keys,
                                            const auth::TokenLifetimes& lifetimes, Timestamp now) {
    std::vector<std::string> kids;
    for (const meta::SigningKeyRow& key : keys) {
        if (key.retired_at && auth::verifies_until(*key.retired_at, lifetimes) <= now) {
            kids.push_back(key.kid);
        }
    }
    return kids;
}

Result<std::string> prune_keys(const Invocation& given) {
    BERTH_TRY(Management management, Management::open(given));
    BERTH_TRY(const std::vector<meta::SigningKeyRow> keys, read_keys(management));
    const auth::TokenLifetimes lifetimes = lifetimes_of(given);
    const std::vector<std::string> kids = kids_that_are_over(keys, lifetimes, management.now());
    // Of a key that is over now, the time of retiring is at least the lifetime ago.
    const std::int64_t grace = auth::verifies_until(Timestamp{0}, lifetimes).ticks;
    const Timestamp last{management.now().ticks - grace};
    for (const std::string& kid : kids) {
        // The first of them removes all.
        BERTH_TRY_VOID(management.change("keys prune", kid, [last](db::Session& session) {
            return meta::prune_signing_keys(session, last);
        }));
    }
    return keys_answer(
        management, given,
        std::to_string(kids.size()) + (kids.size() == 1 ? " key" : " keys") + " removed\n");
}

}  // namespace

std::vector<Command> keys_commands() {
    const auto takes = Command::Takes::catalog;
    return {
        group("keys", "The keys that sign tokens",
              "One key signs. A retired one verifies until the last token it signed has ended.\n"
              "The public halves are at /.well-known/jwks.json."),
        Command("keys list", "List the keys", takes, {}, list_keys),
        Command("keys rotate", "Make a new key that signs from now on, and retire the others",
                takes,
                {toggle(kEndTokensFlag,
                        "Remove the others and end all tokens: somebody else may have a key")},
                rotate_key),
        Command("keys prune", "Remove keys that verify nothing any more; the server does it hourly",
                takes, {}, prune_keys),
    };
}

}  // namespace berth::app
