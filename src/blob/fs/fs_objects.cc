// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_objects.h"

#include "base/try.h"
#include "io/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::blob {
namespace {

constexpr std::size_t kShards = 256;

constexpr std::array kAlgorithms = {oci::Algorithm::sha256, oci::Algorithm::sha512};

bool is_shard(std::string_view name) {
    constexpr std::string_view kHex = "0123456789abcdef";
    return name.size() == 2 && name.find_first_not_of(kHex) == std::string_view::npos;
}

bool is_algorithm(std::string_view name) {
    return std::ranges::any_of(kAlgorithms,
                               [name](oci::Algorithm one) { return oci::name_of(one) == name; });
}

std::string below(std::string_view folder, std::string_view name) {
    return fmt::format("{}/{}", folder, name);
}

Result<ObjectList> list_shard(const FsLayout& layout, oci::Algorithm algorithm, std::size_t shard) {
    const std::string folder = fmt::format("{}/{:02x}", oci::name_of(algorithm), shard);
    const std::filesystem::path path = layout.blobs() / folder;
    ObjectList list;
    std::error_code absent;
    if (!std::filesystem::exists(path, absent)) {
        return list;
    }
    BERTH_TRY(const std::vector<std::string> names, io::list_directory(path));
    list.objects.reserve(names.size());
    for (const std::string& name : names) {
        Location location(below(folder, name));
        const auto parsed = FsLayout::parse_location(location);
        if (parsed) {
            list.objects.emplace_back(std::move(location), parsed->digest, parsed->upload_id);
        } else {
            list.strangers.push_back(std::move(location.text));
        }
    }
    return list;
}

Result<ObjectList> list_above_shards(const FsLayout& layout) {
    ObjectList list;
    BERTH_TRY(const std::vector<std::string> top, io::list_directory(layout.blobs()));
    for (const std::string& name : top) {
        if (!is_algorithm(name)) {
            list.strangers.push_back(name);
        }
    }
    for (const oci::Algorithm algorithm : kAlgorithms) {
        BERTH_TRY(const std::vector<std::string> names,
                  io::list_directory(layout.of_algorithm(algorithm)));
        for (const std::string& name : names) {
            if (!is_shard(name)) {
                list.strangers.push_back(below(oci::name_of(algorithm), name));
            }
        }
    }
    return list;
}

}  // namespace

Result<ObjectList> list_part(const FsLayout& layout, std::size_t part) {
    if (part < kAlgorithms.size() * kShards) {
        return list_shard(layout, kAlgorithms.at(part / kShards), part % kShards);
    }
    return list_above_shards(layout);
}

Result<std::uint64_t> object_size(const FsLayout& layout, const Location& location) {
    const auto path = layout.blob_path(location);
    if (!path) {
        return fail(Errc::corrupt, "no location of this store: " + location.text);
    }
    std::error_code failed;
    const std::uintmax_t size = std::filesystem::file_size(*path, failed);
    if (failed == std::errc::no_such_file_or_directory) {
        return 0;
    }
    if (failed) {
        return fail(io::file_error(failed.value(), "size", *path));
    }
    return size;
}

}  // namespace berth::blob
