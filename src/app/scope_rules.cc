// SPDX-License-Identifier: Apache-2.0
#include "app/scope_rules.h"

#include "app/suggestion.h"
#include "base/try.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace berth::app {
namespace {

constexpr std::array<std::pair<std::string_view, oci::Action>, 5> kWords = {{
    {"content/delete", oci::Action::remove},
    {"content/read", oci::Action::pull},
    {"content/write", oci::Action::push},
    {"metadata/read", oci::Action::metadata_read},
    {"metadata/write", oci::Action::metadata_write},
}};

std::vector<std::string> all_words() {
    std::vector<std::string> words;
    words.reserve(kWords.size());
    for (const auto& [word, action] : kWords) {
        words.emplace_back(word);
    }
    return words;
}

Result<oci::Action> action_of(const std::string& flag, const std::string& word) {
    const auto found = std::ranges::find(kWords, word, &decltype(kWords)::value_type::first);
    if (found != kWords.end()) {
        return found->second;
    }
    return fail(Errc::bad_request,
                flag + ": unknown action '" + word + "'" + suggestion(word, all_words()) +
                    "; actions are content/read, content/write, content/delete, metadata/read and "
                    "metadata/write");
}

}  // namespace

Result<oci::Rules> parse_rules(const Arguments& arguments, const std::string& flag,
                               bool may_lack_actions) {
    oci::Rules rules;
    for (const std::vector<std::string>& words : arguments.occurrences(flag)) {
        oci::Rule rule(words.front(), {}, {});
        for (std::size_t i = 1; i < words.size(); ++i) {
            BERTH_TRY(const oci::Action action, action_of(flag, words[i]));
            rule.actions.add(action);
        }
        if (rule.actions.empty() && !may_lack_actions) {
            std::string asked = flag + " " + rule.pattern;
            asked.append(": which actions? ").append(flag).append(" ").append(rule.pattern);
            return fail(Errc::bad_request, asked.append(" content/read"));
        }
        rules.push_back(std::move(rule));
    }
    return rules;
}

std::vector<std::string> action_words(oci::ActionSet actions) {
    std::vector<std::string> words;
    for (const auto& [word, action] : kWords) {
        if (actions.has(action)) {
            words.emplace_back(word);
        }
    }
    return words;
}

}  // namespace berth::app
