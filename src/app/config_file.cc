// SPDX-License-Identifier: Apache-2.0
#include "app/config_file.h"

#include "app/suggestion.h"
#include "base/encode.h"
#include "base/try.h"

#include <toml++/toml.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>
#include <tuple>
#include <unistd.h>

namespace berth::app {
namespace {

constexpr std::string_view kPrefix = "BERTH_";
constexpr std::string_view kFileVariable = "BERTH_CONFIG";
// Read by scripts beside the server, which may share its environment; docs/configuration.md.
constexpr std::array<std::string_view, 2> kForeignVariables = {"BERTH_BINARY", "BERTH_JOBS"};
constexpr std::array<std::string_view, 4> kForeignPrefixes = {"BERTH_TEST_", "BERTH_CLIENTS_",
                                                              "BERTH_BENCH_", "BERTH_CI_"};

struct Mistake {
    Mistake(std::uint64_t mistake_line, std::string mistake_text)
        : line(mistake_line), text(std::move(mistake_text)) {}

    std::uint64_t line;
    std::string text;
};

using Mistakes = std::vector<Mistake>;

template <class Name>
std::vector<std::string> all_names(Name name) {
    std::vector<std::string> names;
    for (const Setting& setting : settings()) {
        names.emplace_back(name(setting));
    }
    return names;
}

void set_origin(LoadedConfig& loaded, const Setting& setting, std::string origin) {
    const std::ptrdiff_t index = &setting - settings().data();
    loaded.origins[static_cast<std::size_t>(index)] = std::move(origin);
}

// One file being read into `loaded`; toml++ keeps line numbers in its nodes.
class FileReader {
  public:
    FileReader(const std::string& path, LoadedConfig& loaded, Mistakes& mistakes)
        : path_(path), loaded_(loaded), mistakes_(mistakes) {}

    void read_table(const toml::table& table, const std::string& prefix) {
        for (const auto& [key, node] : table) {
            const std::string name = prefix + std::string(key.str());
            const std::uint64_t line = key.source().begin.line;
            const Setting* setting = find_setting(name);
            const toml::table* inner = node.as_table();
            if (setting != nullptr) {
                read_value(*setting, node, line);
            } else if (inner != nullptr && (!inner->empty() || is_section(name))) {
                read_table(*inner, name + ".");
            } else {
                report_unknown(name, line);
            }
        }
    }

  private:
    static bool is_section(std::string_view name) {
        return std::ranges::find(settings(), name, section_of) != settings().end();
    }

    void report_unknown(const std::string& name, std::uint64_t line) {
        const auto key = [](const Setting& setting) { return setting.key; };
        report(line, "unknown key '" + name + "'" + suggestion(name, all_names(key)));
    }

    void read_value(const Setting& setting, const toml::node& node, std::uint64_t line) {
        const std::optional<std::string> text = text_of(setting.kind, node);
        if (!text) {
            report(line, std::string(setting.key) + ": expected " + accepted(setting) + ", got " +
                             describe(node));
            return;
        }
        const Result<void> done = assign(setting, loaded_.config, *text);
        if (!done) {
            report(line, std::string(setting.key) + ": " + done.error().log_detail);
            return;
        }
        set_origin(loaded_, setting, place(line));
    }

    // The value as assign() takes it when its TOML type fits; no number passes for a text.
    static std::optional<std::string> text_of(SettingKind kind, const toml::node& node) {
        const bool takes_integer = kind == SettingKind::count || kind == SettingKind::size;
        if (const auto* integer = node.as_integer(); integer != nullptr && takes_integer) {
            return std::to_string(integer->get());
        }
        if (const auto* flag = node.as_boolean(); flag != nullptr && kind == SettingKind::boolean) {
            return flag->get() ? "true" : "false";
        }
        const auto* text = node.as_string();
        if (text != nullptr && kind != SettingKind::count && kind != SettingKind::boolean) {
            return text->get();
        }
        return std::nullopt;
    }

    static std::string describe(const toml::node& node) {
        if (const auto* text = node.as_string(); text != nullptr) {
            return "the text '" + text->get() + "'";
        }
        if (const auto* integer = node.as_integer(); integer != nullptr) {
            return "the number " + std::to_string(integer->get());
        }
        return node.is_boolean() ? "a boolean"
               : node.is_array() ? "an array"
               : node.is_table() ? "a table"
                                 : "a value of another type";
    }

    std::string place(std::uint64_t line) const { return path_ + ":" + std::to_string(line); }

    void report(std::uint64_t line, const std::string& what) {
        mistakes_.emplace_back(line, place(line) + ": " + what);
    }

    const std::string& path_;
    LoadedConfig& loaded_;
    Mistakes& mistakes_;
};

std::unexpected<Error> unreadable(const std::string& path) {
    return fail(Errc::bad_request, path + ": cannot read: " + std::strerror(errno));
}

// By stdio: a stream does not tell a directory from an empty file.
Result<std::string> read_text(const std::string& path) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rbe"),
                                                               std::fclose);
    if (file == nullptr) {
        return unreadable(path);
    }
    std::string text;
    std::array<char, 4096> chunk{};
    while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), file.get())) {
        text.append(chunk.data(), count);
    }
    if (std::ferror(file.get()) != 0) {
        return unreadable(path);
    }
    return text;
}

Result<toml::table> parse_toml(const std::string& path, std::string_view text) {
    try {
        return toml::parse(text, std::string_view(path));
    } catch (const toml::parse_error& error) {
        return fail(Errc::bad_request, path + ":" + std::to_string(error.source().begin.line) +
                                           ": " + std::string(error.description()));
    }
}

Result<void> apply_file(const std::string& path, LoadedConfig& loaded, Mistakes& mistakes) {
    BERTH_TRY(const std::string text, read_text(path));
    BERTH_TRY(const toml::table table, parse_toml(path, text));
    FileReader reader(path, loaded, mistakes);
    reader.read_table(table, {});
    // The table is in alphabetical order; a reader goes through the file from the top.
    std::ranges::sort(mistakes, {},
                      [](const Mistake& mistake) { return std::tie(mistake.line, mistake.text); });
    return {};
}

bool is_foreign(std::string_view variable) {
    return std::ranges::find(kForeignVariables, variable) != kForeignVariables.end() ||
           std::ranges::any_of(kForeignPrefixes, [variable](std::string_view prefix) {
               return variable.starts_with(prefix);
           });
}

void apply_value(const Setting& setting, const std::string& place, std::string_view value,
                 LoadedConfig& loaded, Mistakes& mistakes) {
    const Result<void> done = assign(setting, loaded.config, value);
    if (done) {
        set_origin(loaded, setting, place);
    } else {
        mistakes.emplace_back(0, place + ": " + done.error().log_detail);
    }
}

void apply_environment(const Environment& environment, LoadedConfig& loaded, Mistakes& mistakes) {
    std::vector<std::string> known = all_names(variable_of);
    known.emplace_back(kFileVariable);
    for (const auto& [name, value] : environment) {
        if (name == kFileVariable || is_foreign(name)) {
            continue;
        }
        const auto found = std::ranges::find(settings(), name, variable_of);
        if (found == settings().end()) {
            mistakes.emplace_back(
                0, "environment: unknown variable '" + name + "'" + suggestion(name, known));
        } else {
            apply_value(*found, name, value, loaded, mistakes);
        }
    }
}

std::optional<std::string> file_of(const ConfigSources& sources) {
    if (sources.file) {
        return sources.file;
    }
    for (const auto& [name, value] : sources.environment) {
        if (name == kFileVariable && !value.empty()) {
            return value;
        }
    }
    return std::nullopt;
}

std::unexpected<Error> refuse(const Mistakes& mistakes) {
    std::string text;
    for (const Mistake& mistake : mistakes) {
        text += (text.empty() ? "" : "\n") + mistake.text;
    }
    return fail(Errc::bad_request, text);
}

std::string toml_value(const Setting& setting, const Config& config) {
    std::string value = show(setting, config);
    const bool is_bare = setting.kind == SettingKind::boolean || setting.kind == SettingKind::count;
    // JSON's string literals are TOML basic strings.
    return is_bare ? value : json_quote(value);
}

/// The local mode speaks both schemes, where nothing else was said.
void apply_local_defaults(LoadedConfig& loaded) {
    const std::pair<std::string_view, std::string_view> addresses[] = {
        {"listen", "127.0.0.1:5443"}, {"listen_http", "127.0.0.1:5000"}};
    for (const auto& [key, address] : addresses) {
        const Setting* setting = find_setting(key);
        std::string& origin = loaded.origins[static_cast<std::size_t>(setting - settings().data())];
        if (origin.empty()) {
            *std::get<std::string*>(setting->member(loaded.config)) = address;
            origin = "local";
        }
    }
}

}  // namespace

LoadedConfig::LoadedConfig() : origins(settings().size()) {}

Environment process_environment() {
    Environment found;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text = *entry;
        const std::size_t equals = text.find('=');
        if (text.starts_with(kPrefix) && equals != std::string_view::npos) {
            found.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return found;
}

Result<LoadedConfig> load_config(const ConfigSources& sources) {
    LoadedConfig loaded;
    Mistakes mistakes;
    if (const std::optional<std::string> file = file_of(sources); file) {
        BERTH_TRY_VOID(apply_file(*file, loaded, mistakes));
    }
    apply_environment(sources.environment, loaded, mistakes);
    for (const FlagValue& flag : sources.flags) {
        apply_value(*flag.setting, flag_of(*flag.setting), flag.value, loaded, mistakes);
    }
    if (!mistakes.empty()) {
        return refuse(mistakes);
    }
    if (loaded.config.local) {
        apply_local_defaults(loaded);
    }
    BERTH_TRY_VOID(validate(loaded.config));
    return loaded;
}

std::string format_config(const LoadedConfig& loaded) {
    std::string text;
    std::string_view section;
    for (std::size_t i = 0; i < settings().size(); ++i) {
        const Setting& setting = settings()[i];
        if (section_of(setting) != section) {
            section = section_of(setting);
            text += "\n[" + std::string(section) + "]\n";
        }
        text += std::string(name_of(setting)) + " = " + toml_value(setting, loaded.config);
        if (!loaded.origins[i].empty()) {
            text += "  # from " + loaded.origins[i];
        }
        text += "\n";
    }
    return text;
}

}  // namespace berth::app
