// SPDX-License-Identifier: Apache-2.0
//
// Gives a stored object a second place, for backups and restores: as a reflink, a hard link or a
// copy, whatever the file systems can, in this order. Objects never change, so that sharing their
// bytes is safe; docs/backup.md says what a hard link does not protect from. An object is in its
// new place whole and under its name, or not at all. Any thread; blocks.
#pragma once

#include "base/error.h"
#include "io/file.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <string_view>

namespace berth::app {

enum class CarryMethod : std::uint8_t { reflink, hard_link, copy };

/// `reflink`, `hard-link` or `copy`; nullopt for anything else.
std::optional<CarryMethod> parse_carry_method(std::string_view name);
std::string_view name_of(CarryMethod method);

class ObjectCarrier {
  public:
    /// With a `method` that one alone; without, the first that works. `files` must outlive it.
    ObjectCarrier(io::FileSystem& files, std::optional<CarryMethod> method)
        : files_(files), only_(method), first_(method.value_or(CarryMethod::reflink)) {}

    enum class Outcome : std::uint8_t { brought, was_there, source_missing, source_damaged };

    /// Brings the object of `size` bytes from `from` to `to` unless it is there. `moved` hears of
    /// bytes. Durable only after sync_directories().
    Result<Outcome> carry(const std::filesystem::path& from, const std::filesystem::path& to,
                          std::uint64_t size, const std::function<void(std::uint64_t)>& moved);
    /// Makes the names of everything brought so far durable, up to `root`.
    Result<void> sync_directories(const std::filesystem::path& root);

    /// By the method that was used last; nullopt when nothing was brought.
    std::optional<CarryMethod> used() const;

  private:
    Result<void> bring(const std::filesystem::path& from, const std::filesystem::path& to,
                       std::uint64_t size, const std::function<void(std::uint64_t)>& moved);
    Result<bool> try_method(CarryMethod method, const std::filesystem::path& from,
                            const std::filesystem::path& to, std::uint64_t size);
    Result<bool> clone(const std::filesystem::path& from, const std::filesystem::path& to);
    Result<bool> hard_link(const std::filesystem::path& from, const std::filesystem::path& to);
    Result<void> copy(const std::filesystem::path& from, const std::filesystem::path& to,
                      std::uint64_t size);
    Result<void> put_in_place(const std::filesystem::path& partial,
                              const std::filesystem::path& to);

    io::FileSystem& files_;
    const std::optional<CarryMethod> only_;
    std::atomic<CarryMethod> first_;  // what failed for one object is not tried for the next
    std::atomic<bool> any_{false};
    std::mutex mutex_;
    std::set<std::filesystem::path> directories_;  // guarded by mutex_: of all that was asked for
};

}  // namespace berth::app
