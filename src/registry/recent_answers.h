// SPDX-License-Identifier: Apache-2.0
//
// Answers of the catalog that were given lately. One counts only as long as nothing at all was
// committed since it was looked up, whoever committed: that is asked at every use and costs next to
// nothing (db::ChangeMark). So nothing has to be told of changes, and a server that only reads
// hardly asks its database. What a caller may do is not in here.
//
// Any thread. Bounded: half of the room holds what was used since the other half was filled.
#pragma once

#include "db/sql.h"
#include "telemetry/metrics.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace berth::registry {

/// Key of what `name` stands for in a repository, whose own name holds no separator.
inline std::string answer_key(std::string_view repository, char separator, std::string_view name) {
    std::string key;
    key.reserve(repository.size() + 1 + name.size());
    key.append(repository).append(1, separator).append(name);
    return key;
}

struct CacheStatistics {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
};

template <class Answer>
class RecentAnswers {
  public:
    using Pointer = std::shared_ptr<const Answer>;

    /// `bytes_max`: of all answers together, as told by keep(); 0 keeps nothing.
    explicit RecentAnswers(std::uint64_t bytes_max)
        : half_shard_bytes_(static_cast<std::size_t>(bytes_max / kShards / 2)) {}

    /// nullptr: not known to hold at `mark`.
    Pointer find(std::string_view key, const db::ChangeMark& mark) {
        Pointer found = look_up(key, mark);
        lookups_.add(found ? kHit : kMiss);
        return found;
    }

    CacheStatistics statistics() const {
        return CacheStatistics{.hits = lookups_.value(kHit), .misses = lookups_.value(kMiss)};
    }

    /// `mark` was taken before `answer` was looked up; `bytes` is about what it takes.
    void keep(std::string key, Pointer answer, std::size_t bytes, const db::ChangeMark& mark) {
        if (bytes > half_shard_bytes_) {
            return;
        }
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        drop(shard, key);
        Answers one;
        one.try_emplace(std::move(key), Kept{std::move(answer), bytes, mark});
        renew(shard, one.extract(one.begin()));
    }

  private:
    static constexpr std::size_t kShards = 16;
    static constexpr std::size_t kHit = 0;
    static constexpr std::size_t kMiss = 1;

    struct Kept {
        Pointer answer;
        std::size_t bytes;
        db::ChangeMark mark;
    };

    struct Hash {
        using is_transparent = void;

        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };

    using Answers = std::unordered_map<std::string, Kept, Hash, std::equal_to<>>;

    struct Shard {
        std::mutex mutex;
        Answers young;  // guarded by mutex, as the rest
        Answers old;
        std::size_t young_bytes = 0;
    };

    Shard& shard_of(std::string_view key) { return shards_[Hash()(key) % kShards]; }

    Pointer look_up(std::string_view key, const db::ChangeMark& mark) {
        Shard& shard = shard_of(key);
        const std::lock_guard lock(shard.mutex);
        auto found = shard.young.find(key);
        if (found == shard.young.end()) {
            found = shard.old.find(key);
            if (found == shard.old.end()) {
                return nullptr;
            }
            // Used again, so it is to outlive what was not.
            found = renew(shard, shard.old.extract(found));
        }
        return found->second.mark == mark ? found->second.answer : nullptr;
    }

    typename Answers::iterator renew(Shard& shard, typename Answers::node_type&& node) {
        const std::size_t bytes = node.mapped().bytes;
        if (shard.young_bytes + bytes > half_shard_bytes_) {
            shard.old = std::exchange(shard.young, Answers());
            shard.young_bytes = 0;
        }
        shard.young_bytes += bytes;
        return shard.young.insert(std::move(node)).position;
    }

    void drop(Shard& shard, std::string_view key) {
        if (const auto found = shard.young.find(key); found != shard.young.end()) {
            shard.young_bytes -= found->second.bytes;
            shard.young.erase(found);
        } else if (const auto aged = shard.old.find(key); aged != shard.old.end()) {
            shard.old.erase(aged);
        }
    }

    const std::size_t half_shard_bytes_;
    std::array<Shard, kShards> shards_;
    telemetry::CounterTable lookups_{2};
};

}  // namespace berth::registry
