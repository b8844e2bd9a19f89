// SPDX-License-Identifier: Apache-2.0
//
// A strict reader of the text format of metrics: what it does not know it refuses. For tests only.
#pragma once

#include <cstdlib>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>

namespace berth::telemetry {

struct ReadFamily {
    std::string type;
    std::string help;
    std::map<std::string, double> samples;  // by name and labels as they are spelt
};

class ExpositionReader {
  public:
    /// Throws std::runtime_error, naming the line, for what is not the format.
    explicit ExpositionReader(const std::string& text) {
        if (!text.empty() && text.back() != '\n') {
            throw std::runtime_error("no line feed at the end");
        }
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) {
            line_ = line;
            read_line();
        }
    }

    const std::map<std::string, ReadFamily>& families() const { return families_; }

    /// nullopt: there is no such sample.
    std::optional<double> value(const std::string& sample) const {
        for (const auto& [name, family] : families_) {
            if (const auto found = family.samples.find(sample); found != family.samples.end()) {
                return found->second;
            }
        }
        return std::nullopt;
    }

  private:
    [[noreturn]] void refuse(const std::string& why) const {
        throw std::runtime_error(why + ": " + line_);
    }

    static bool is_name_character(char c, bool first) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        return letter || (!first && c >= '0' && c <= '9');
    }

    std::string take_name(std::string_view& rest) const {
        std::size_t length = 0;
        while (length < rest.size() && is_name_character(rest[length], length == 0)) {
            ++length;
        }
        if (length == 0) {
            refuse("no name");
        }
        const std::string name(rest.substr(0, length));
        rest.remove_prefix(length);
        return name;
    }

    void expect(std::string_view& rest, std::string_view text) const {
        if (!rest.starts_with(text)) {
            refuse("'" + std::string(text) + "' expected");
        }
        rest.remove_prefix(text.size());
    }

    void read_line() {
        std::string_view rest = line_;
        if (rest.starts_with("# HELP ")) {
            rest.remove_prefix(7);
            const std::string name = take_name(rest);
            expect(rest, " ");
            if (!families_.try_emplace(name).second) {
                refuse("second HELP");
            }
            families_[name].help = rest;
            current_ = name;
        } else if (rest.starts_with("# TYPE ")) {
            rest.remove_prefix(7);
            if (take_name(rest) != current_ || !families_[current_].type.empty()) {
                refuse("TYPE without its HELP");
            }
            expect(rest, " ");
            if (rest != "counter" && rest != "gauge" && rest != "histogram") {
                refuse("unknown type");
            }
            families_[current_].type = rest;
        } else {
            read_sample(rest);
        }
    }

    void read_sample(std::string_view rest) {
        const std::string_view whole = rest;
        const std::string name = take_name(rest);
        const std::string suffix =
            name.starts_with(current_) ? name.substr(current_.size()) : "of another family";
        ReadFamily& family = families_[current_];
        const bool part = suffix == "_bucket" || suffix == "_sum" || suffix == "_count";
        if (family.type.empty() || (family.type == "histogram" ? !part : !suffix.empty())) {
            refuse("not of this family");
        }
        if (rest.starts_with("{")) {
            skip_labels(rest);
        }
        const std::string key(whole.substr(0, whole.size() - rest.size()));
        expect(rest, " ");
        const std::string number(rest);
        char* end = nullptr;
        const double value = std::strtod(number.c_str(), &end);
        if (number.empty() || *end != '\0') {
            refuse("no number");
        }
        if (!family.samples.emplace(key, value).second) {
            refuse("second time");
        }
    }

    void skip_labels(std::string_view& rest) const {
        expect(rest, "{");
        while (true) {
            (void)take_name(rest);
            expect(rest, "=\"");
            while (!rest.starts_with('"')) {
                const std::size_t step = rest.starts_with('\\') ? 2 : 1;
                const bool escape = step == 1 || rest.starts_with("\\\\") ||
                                    rest.starts_with("\\\"") || rest.starts_with("\\n");
                if (rest.size() < step || !escape) {
                    refuse("malformed label value");
                }
                rest.remove_prefix(step);
            }
            expect(rest, "\"");
            if (!rest.starts_with(',')) {
                break;
            }
            expect(rest, ",");
        }
        expect(rest, "}");
    }

    std::string line_;
    std::string current_;
    std::map<std::string, ReadFamily> families_;
};

}  // namespace berth::telemetry
