// SPDX-License-Identifier: Apache-2.0
//
// What the program counts about itself: counters, gauges and histograms that any thread may write
// to on the path of a request. A write is one relaxed addition to a cell that threads seldom share:
// each thread has a shard, and shards are cache lines apart. Reading adds the shards up; what is
// written meanwhile may be in or not. Nothing here has a name: exposition.h gives it one when it is
// asked for. A component owns its metrics, and whoever made the component reads them.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace berth::telemetry {

/// Numbers that only grow, by their place in a table that is fixed when it is made.
class CounterTable {
  public:
    explicit CounterTable(std::size_t size);

    std::size_t size() const { return size_; }

    /// Requires index < size().
    void add(std::size_t index, std::uint64_t amount = 1) {
        cell(index).fetch_add(amount, std::memory_order_relaxed);
    }

    std::uint64_t value(std::size_t index) const;

  private:
    static constexpr std::size_t kShards = 8;
    static constexpr std::size_t kCellsPerLine = 64 / sizeof(std::uint64_t);

    std::atomic<std::uint64_t>& cell(std::size_t index) {
        return cells_[(shard_of_this_thread() * stride_) + index];
    }

    static std::size_t shard_of_this_thread();

    std::size_t size_;
    std::size_t stride_;  // cells from one shard to the next
    std::vector<std::atomic<std::uint64_t>> cells_;
};

/// A number that only grows.
class Counter {
  public:
    Counter() : table_(1) {}

    void add(std::uint64_t amount = 1) { table_.add(0, amount); }

    std::uint64_t value() const { return table_.value(0); }

  private:
    CounterTable table_;
};

/// A number of things that there are right now.
class Gauge {
  public:
    Gauge() : table_(2) {}

    void enter() { table_.add(0); }

    void leave() { table_.add(1); }

    /// Never below 0: a thing may leave by another thread than it entered, and be seen leaving
    /// first.
    std::uint64_t value() const {
        const std::uint64_t left = table_.value(1);
        const std::uint64_t entered = table_.value(0);
        return entered > left ? entered - left : 0;
    }

  private:
    CounterTable table_;
};

/// Counts a thing in a gauge for as long as it lives.
class Presence {
  public:
    /// `gauge` must outlive the object.
    explicit Presence(Gauge& gauge) : gauge_(gauge) { gauge_.enter(); }

    ~Presence() { gauge_.leave(); }

    Presence(const Presence&) = delete;
    Presence& operator=(const Presence&) = delete;

  private:
    Gauge& gauge_;
};

/// The upper ends of a histogram's buckets, ascending, each inclusive; the last bucket has none.
struct Buckets {
    std::span<const std::uint64_t> bounds;  // of static duration
    double unit;  // what 1 is in the metric's unit: 1e-9 for nanoseconds in seconds
};

/// 100 us to 5 min, in nanoseconds.
Buckets duration_buckets();
/// 256 B to 64 GiB by factors of 4.
Buckets size_buckets();
/// 1 to 256 by factors of 2.
Buckets count_buckets();

/// What a histogram held at a moment.
struct HistogramView {
    Buckets buckets;
    std::vector<std::uint64_t> counts;  // of each bucket alone, the one without an end last
    std::uint64_t sum = 0;

    std::uint64_t count() const;
};

/// Histograms with the same buckets, by their place in a table.
class HistogramTable {
  public:
    HistogramTable(std::size_t size, Buckets buckets);

    std::size_t size() const { return size_; }

    /// Requires index < size().
    void observe(std::size_t index, std::uint64_t value);

    void observe(std::size_t index, std::chrono::nanoseconds duration) {
        observe(index, static_cast<std::uint64_t>(std::max<std::int64_t>(duration.count(), 0)));
    }

    HistogramView view(std::size_t index) const;

  private:
    std::size_t size_;
    Buckets buckets_;
    std::size_t width_;  // cells of one: a count per bucket, then the sum
    CounterTable cells_;
};

class Histogram {
  public:
    explicit Histogram(Buckets buckets) : table_(1, buckets) {}

    void observe(std::uint64_t value) { table_.observe(0, value); }

    void observe(std::chrono::nanoseconds duration) { table_.observe(0, duration); }

    HistogramView view() const { return table_.view(0); }

  private:
    HistogramTable table_;
};

}  // namespace berth::telemetry
