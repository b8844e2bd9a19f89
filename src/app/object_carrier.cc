// SPDX-License-Identifier: Apache-2.0
#include "app/object_carrier.h"

#include "base/try.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace berth::app {
namespace {

constexpr std::array<std::pair<CarryMethod, std::string_view>, 3> kMethods{
    {{CarryMethod::reflink, "reflink"},
     {CarryMethod::hard_link, "hard-link"},
     {CarryMethod::copy, "copy"}}};

constexpr std::size_t kCopyBytes = 1 << 20;

/// Whether the error says that these file systems cannot do it, ever.
bool cannot(int error) {
    return error == EOPNOTSUPP || error == EXDEV || error == ENOTTY || error == EINVAL ||
           error == ENOSYS || error == EPERM || error == EMLINK;
}

std::optional<std::uint64_t> size_of(const std::filesystem::path& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
        return std::nullopt;
    }
    return static_cast<std::uint64_t>(status.st_size);
}

std::filesystem::path partial_of(const std::filesystem::path& to) {
    std::filesystem::path partial = to;
    partial += ".partial";
    return partial;
}

}  // namespace

std::optional<CarryMethod> parse_carry_method(std::string_view name) {
    const auto* const found =
        std::ranges::find(kMethods, name, [](const auto& m) { return m.second; });
    return found == kMethods.end() ? std::nullopt : std::optional(found->first);
}

std::string_view name_of(CarryMethod method) {
    return kMethods.at(static_cast<std::size_t>(method)).second;
}

std::optional<CarryMethod> ObjectCarrier::used() const {
    return any_ ? std::optional(first_.load()) : std::nullopt;
}

Result<ObjectCarrier::Outcome> ObjectCarrier::carry(
    const std::filesystem::path& from, const std::filesystem::path& to, std::uint64_t size,
    const std::function<void(std::uint64_t)>& moved) {
    if (size_of(to) == size) {
        // Its name may be of a run that was interrupted before it was durable.
        const std::lock_guard lock(mutex_);
        directories_.insert(to.parent_path());
        return Outcome::was_there;
    }
    const std::optional<std::uint64_t> there = size_of(from);
    if (!there) {
        return Outcome::source_missing;
    }
    if (*there != size) {
        return Outcome::source_damaged;
    }
    BERTH_TRY_VOID(io::make_directories(to.parent_path()));
    Result<void> brought = bring(from, to, size, moved);
    if (!brought && !size_of(from)) {
        return Outcome::source_missing;  // it went while it was being read
    }
    BERTH_TRY_VOID(std::move(brought));
    any_ = true;
    const std::lock_guard lock(mutex_);
    directories_.insert(to.parent_path());
    return Outcome::brought;
}

Result<void> ObjectCarrier::bring(const std::filesystem::path& from,
                                  const std::filesystem::path& to, std::uint64_t size,
                                  const std::function<void(std::uint64_t)>& moved) {
    for (const auto& [method, name] : kMethods) {
        if (method < first_) {
            continue;
        }
        BERTH_TRY(const bool done, try_method(method, from, to, size));
        if (done) {
            first_ = method;
            moved(size);
            return {};
        }
        if (only_) {
            break;
        }
    }
    return fail(Errc::unsupported, "these file systems have no " +
                                       std::string(name_of(only_.value_or(CarryMethod::copy))) +
                                       " from " + from.string() + " to " + to.string());
}

Result<bool> ObjectCarrier::try_method(CarryMethod method, const std::filesystem::path& from,
                                       const std::filesystem::path& to, std::uint64_t size) {
    switch (method) {
        case CarryMethod::reflink:
            return clone(from, to);
        case CarryMethod::hard_link:
            return hard_link(from, to);
        case CarryMethod::copy:
            break;
    }
    BERTH_TRY_VOID(copy(from, to, size));
    return true;
}

Result<bool> ObjectCarrier::clone(const std::filesystem::path& from,
                                  const std::filesystem::path& to) {
    const std::filesystem::path partial = partial_of(to);
    BERTH_TRY(const io::FileHandle source, files_.open_read(from));
    BERTH_TRY(const io::FileHandle target, files_.open_write(partial, true));
    if (::ioctl(target.fd(), FICLONE, source.fd()) != 0) {
        const int error = errno;
        BERTH_TRY_VOID(files_.remove(partial));
        return cannot(error) ? Result<bool>(false) : fail(io::file_error(error, "reflink", to));
    }
    BERTH_TRY_VOID(files_.sync(target));
    BERTH_TRY_VOID(put_in_place(partial, to));
    return true;
}

Result<bool> ObjectCarrier::hard_link(const std::filesystem::path& from,
                                      const std::filesystem::path& to) {
    BERTH_TRY_VOID(files_.remove(to));  // one of another size is nobody's object
    if (::link(from.c_str(), to.c_str()) == 0) {
        return true;
    }
    const int error = errno;
    return cannot(error) ? Result<bool>(false) : fail(io::file_error(error, "link", to));
}

Result<void> ObjectCarrier::copy(const std::filesystem::path& from, const std::filesystem::path& to,
                                 std::uint64_t size) {
    const std::filesystem::path partial = partial_of(to);
    BERTH_TRY(const io::FileHandle source, files_.open_read(from));
    BERTH_TRY(const io::FileHandle target, files_.open_write(partial, true));
    BERTH_TRY_VOID(files_.truncate(target, 0));
    std::vector<std::byte> buffer(kCopyBytes);
    for (std::uint64_t at = 0; at < size;) {
        const std::size_t piece = std::min<std::uint64_t>(buffer.size(), size - at);
        const MutableBytes bytes = std::span(buffer).first(piece);
        BERTH_TRY_VOID(io::read_exactly(source, bytes, at));
        BERTH_TRY_VOID(files_.write_at(target, bytes, at));
        at += piece;
    }
    BERTH_TRY_VOID(files_.sync(target));
    return put_in_place(partial, to);
}

Result<void> ObjectCarrier::put_in_place(const std::filesystem::path& partial,
                                         const std::filesystem::path& to) {
    if (::rename(partial.c_str(), to.c_str()) != 0) {
        return fail(io::file_error(errno, "rename", to));
    }
    return {};
}

// Shards, then what holds them, so that no name is durable below one that is not.
Result<void> ObjectCarrier::sync_directories(const std::filesystem::path& root) {
    const std::lock_guard lock(mutex_);
    std::set<std::filesystem::path> all;
    for (std::filesystem::path directory : directories_) {
        while (directory != root && directory.has_relative_path() && all.insert(directory).second) {
            directory = directory.parent_path();
        }
    }
    for (const std::filesystem::path& directory : all) {
        BERTH_TRY_VOID(files_.sync_directory(directory));
    }
    return files_.sync_directory(root);
}

}  // namespace berth::app
