// SPDX-License-Identifier: Apache-2.0
//
// Metrics as text, in the format that Prometheus reads (text format 0.0.4): families with a help
// and a type, samples with labels. Writes into a string; knows no metric by name. Source:
// https://prometheus.io/docs/instrumenting/exposition_formats/
#pragma once

#include "telemetry/metrics.h"

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

namespace berth::telemetry {

inline constexpr std::string_view kExpositionType = "text/plain; version=0.0.4; charset=utf-8";

struct Label {
    std::string_view name;
    std::string_view value;  // any text; escaped
};

using Labels = std::initializer_list<Label>;

class Exposition {
  public:
    enum class Type : std::uint8_t { counter, gauge, histogram };

    /// Appends to `out`, which must outlive the object.
    explicit Exposition(std::string& out) : out_(out) {}

    /// Begins the family whose samples follow. `name` is a constant that stays.
    void family(std::string_view name, Type type, std::string_view help);

    void counter(std::string_view name, std::string_view help) {
        family(name, Type::counter, help);
    }

    void gauge(std::string_view name, std::string_view help) { family(name, Type::gauge, help); }

    void histogram(std::string_view name, std::string_view help) {
        family(name, Type::histogram, help);
    }

    void sample(Labels labels, std::uint64_t value);
    void sample(Labels labels, double value);

    void sample(std::uint64_t value) { sample({}, value); }

    void sample(double value) { sample({}, value); }

    /// Of a family that is a histogram.
    void sample(Labels labels, const HistogramView& view);

    /// A family of one sample without labels.
    template <class Number>
    void counter(std::string_view name, std::string_view help, Number value) {
        counter(name, help);
        sample({}, value);
    }

    template <class Number>
    void gauge(std::string_view name, std::string_view help, Number value) {
        gauge(name, help);
        sample({}, value);
    }

  private:
    void begin_sample(std::string_view suffix, Labels labels, std::string_view bound = {});
    void add_label(std::string_view name, std::string_view value);
    void end_sample(std::uint64_t value);
    void end_sample(double value);

    std::string& out_;
    std::string_view name_;
    bool labelled_ = false;  // in the sample that is being written
};

}  // namespace berth::telemetry
