// SPDX-License-Identifier: Apache-2.0
#include "db/testing/volatile_device.h"

#include <fstream>
#include <iterator>

namespace berth::db::testing {

void VolatileDevice::open(const std::string& path) {
    const std::lock_guard lock(mutex_);
    const auto [found, added] = files_.try_emplace(path);
    if (added) {
        std::ifstream in(path, std::ios::binary);
        found->second.durable.assign(std::istreambuf_iterator<char>(in), {});
    }
}

void VolatileDevice::write(const std::string& path, ByteView bytes, std::uint64_t offset) {
    const std::lock_guard lock(mutex_);
    files_[path].waiting.push_back({true, offset, std::string(as_text(bytes))});
}

void VolatileDevice::truncate(const std::string& path, std::uint64_t size) {
    const std::lock_guard lock(mutex_);
    files_[path].waiting.push_back({false, size, {}});
}

void VolatileDevice::sync(const std::string& path, bool succeeds) {
    const std::lock_guard lock(mutex_);
    File& file = files_[path];
    for (const Change& change : file.waiting) {
        if (!succeeds) {
            break;
        }
        if (!change.is_write) {
            file.durable.resize(change.offset);
            continue;
        }
        if (file.durable.size() < change.offset + change.bytes.size()) {
            file.durable.resize(change.offset + change.bytes.size());
        }
        file.durable.replace(change.offset, change.bytes.size(), change.bytes);
    }
    file.waiting.clear();
}

void VolatileDevice::copy(const std::string& path, const std::filesystem::path& target) const {
    const std::lock_guard lock(mutex_);
    std::ofstream out(target, std::ios::binary);
    if (const auto found = files_.find(path); found != files_.end()) {
        out << found->second.durable;
    }
}

}  // namespace berth::db::testing
