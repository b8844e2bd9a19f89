// SPDX-License-Identifier: Apache-2.0
#include "telemetry/exposition.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cmath>
#include <iterator>

namespace berth::telemetry {

namespace {

std::string_view name_of(Exposition::Type type) {
    switch (type) {
        case Exposition::Type::counter:
            return "counter";
        case Exposition::Type::gauge:
            return "gauge";
        case Exposition::Type::histogram:
            return "histogram";
    }
    return "untyped";
}

/// The format escapes backslash and line feed, and quotes where there are quotes around.
void append_escaped(std::string& out, std::string_view text, bool quoted) {
    for (const char c : text) {
        if (c == '\\') {
            out += "\\\\";
        } else if (c == '\n') {
            out += "\\n";
        } else if (c == '"' && quoted) {
            out += "\\\"";
        } else {
            out += c;
        }
    }
}

std::string number_text(double value) {
    if (std::isnan(value)) {
        return "NaN";
    }
    if (std::isinf(value)) {
        return value > 0 ? "+Inf" : "-Inf";
    }
    return fmt::format(FMT_COMPILE("{}"), value);
}

/// Twelve digits: enough for a bound, without what the product of two doubles adds.
std::string bound_text(std::uint64_t bound, double unit) {
    return fmt::format("{:.12g}", static_cast<double>(bound) * unit);
}

}  // namespace

void Exposition::family(std::string_view name, Type type, std::string_view help) {
    name_ = name;
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("# HELP {} "), name);
    append_escaped(out_, help, false);
    fmt::format_to(std::back_inserter(out_), FMT_COMPILE("\n# TYPE {} {}\n"), name, name_of(type));
}

void Exposition::sample(Labels labels, std::uint64_t value) {
    begin_sample("", labels);
    end_sample(value);
}

void Exposition::sample(Labels labels, double value) {
    begin_sample("", labels);
    end_sample(value);
}

// The counts of the format are cumulative; its total is the last bucket's, so that the two agree
// although the cells go on being written.
void Exposition::sample(Labels labels, const HistogramView& view) {
    std::uint64_t so_far = 0;
    for (std::size_t i = 0; i < view.counts.size(); ++i) {
        so_far += view.counts[i];
        const bool ends = i < view.buckets.bounds.size();
        begin_sample("_bucket", labels,
                     ends ? bound_text(view.buckets.bounds[i], view.buckets.unit) : "+Inf");
        end_sample(so_far);
    }
    begin_sample("_sum", labels);
    end_sample(static_cast<double>(view.sum) * view.buckets.unit);
    begin_sample("_count", labels);
    end_sample(so_far);
}

void Exposition::begin_sample(std::string_view suffix, Labels labels, std::string_view bound) {
    out_ += name_;
    out_ += suffix;
    labelled_ = false;
    for (const Label& label : labels) {
        add_label(label.name, label.value);
    }
    if (!bound.empty()) {
        add_label("le", bound);
    }
    if (labelled_) {
        out_ += '}';
    }
    out_ += ' ';
}

void Exposition::add_label(std::string_view name, std::string_view value) {
    out_ += labelled_ ? ',' : '{';
    labelled_ = true;
    out_ += name;
    out_ += "=\"";
    append_escaped(out_, value, true);
    out_ += '"';
}

void Exposition::end_sample(std::uint64_t value) {
    const fmt::format_int digits(value);
    out_.append(digits.data(), digits.size());
    out_ += '\n';
}

void Exposition::end_sample(double value) {
    out_ += number_text(value);
    out_ += '\n';
}

}  // namespace berth::telemetry
