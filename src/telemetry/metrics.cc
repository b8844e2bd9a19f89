// SPDX-License-Identifier: Apache-2.0
#include "telemetry/metrics.h"

#include <array>
#include <numeric>

namespace berth::telemetry {

namespace {

constexpr std::uint64_t kMicrosecond = 1'000;
constexpr std::uint64_t kMillisecond = 1'000 * kMicrosecond;
constexpr std::uint64_t kSecond = 1'000 * kMillisecond;

constexpr std::array<std::uint64_t, 18> kDurations{100 * kMicrosecond,
                                                   250 * kMicrosecond,
                                                   500 * kMicrosecond,
                                                   kMillisecond,
                                                   2'500 * kMicrosecond,
                                                   5 * kMillisecond,
                                                   10 * kMillisecond,
                                                   25 * kMillisecond,
                                                   50 * kMillisecond,
                                                   100 * kMillisecond,
                                                   250 * kMillisecond,
                                                   500 * kMillisecond,
                                                   kSecond,
                                                   2'500 * kMillisecond,
                                                   5 * kSecond,
                                                   10 * kSecond,
                                                   60 * kSecond,
                                                   300 * kSecond};

constexpr std::array<std::uint64_t, 15> kSizes{
    256,        1ULL << 10, 1ULL << 12, 1ULL << 14, 1ULL << 16, 1ULL << 18, 1ULL << 20, 1ULL << 22,
    1ULL << 24, 1ULL << 26, 1ULL << 28, 1ULL << 30, 1ULL << 32, 1ULL << 34, 1ULL << 36};

constexpr std::array<std::uint64_t, 9> kCounts{1, 2, 4, 8, 16, 32, 64, 128, 256};

}  // namespace

// One more line between shards: the vector need not begin at the start of one.
CounterTable::CounterTable(std::size_t size)
    : size_(size),
      stride_((((size + kCellsPerLine - 1) / kCellsPerLine) + 1) * kCellsPerLine),
      cells_(kShards * stride_) {}

std::uint64_t CounterTable::value(std::size_t index) const {
    std::uint64_t total = 0;
    for (std::size_t shard = 0; shard < kShards; ++shard) {
        total += cells_[(shard * stride_) + index].load(std::memory_order_relaxed);
    }
    return total;
}

std::size_t CounterTable::shard_of_this_thread() {
    static std::atomic<std::size_t> threads = 0;
    static thread_local const std::size_t shard =
        threads.fetch_add(1, std::memory_order_relaxed) % kShards;
    return shard;
}

Buckets duration_buckets() {
    return Buckets{.bounds = kDurations, .unit = 1e-9};
}

Buckets size_buckets() {
    return Buckets{.bounds = kSizes, .unit = 1};
}

Buckets count_buckets() {
    return Buckets{.bounds = kCounts, .unit = 1};
}

std::uint64_t HistogramView::count() const {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

HistogramTable::HistogramTable(std::size_t size, Buckets buckets)
    : size_(size), buckets_(buckets), width_(buckets.bounds.size() + 2), cells_(size * width_) {}

// What is observed is small, mostly: the search begins there.
void HistogramTable::observe(std::size_t index, std::uint64_t value) {
    const auto& bounds = buckets_.bounds;
    std::size_t bucket = 0;
    while (bucket < bounds.size() && value > bounds[bucket]) {
        ++bucket;
    }
    const std::size_t first = index * width_;
    cells_.add(first + bucket);
    cells_.add(first + width_ - 1, value);
}

HistogramView HistogramTable::view(std::size_t index) const {
    HistogramView view;
    view.buckets = buckets_;
    const std::size_t first = index * width_;
    view.counts.reserve(width_ - 1);
    for (std::size_t bucket = 0; bucket + 1 < width_; ++bucket) {
        view.counts.push_back(cells_.value(first + bucket));
    }
    view.sum = cells_.value(first + width_ - 1);
    return view;
}

}  // namespace berth::telemetry
