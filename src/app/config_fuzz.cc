// SPDX-License-Identifier: Apache-2.0
//
// The whole input as a configuration file. A refusal says why; what is accepted, printed as a
// file, is accepted again and means the same.
#include "app/config_file.h"
#include "base/assert.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>

namespace {

using namespace berth;

/// A file in memory, under the name by which this process can open it.
class MemoryFile {
  public:
    explicit MemoryFile(std::string_view text) : fd_(::memfd_create("berth.toml", MFD_CLOEXEC)) {
        BERTH_CHECK(fd_ >= 0);
        BERTH_CHECK(::write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }

    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;

    ~MemoryFile() { ::close(fd_); }

    std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

  private:
    int fd_;
};

Result<app::LoadedConfig> load(const MemoryFile& file) {
    app::ConfigSources sources;
    sources.file = file.path();
    return app::load_config(sources);
}

/// Without the comments that say where a value is from.
std::string values_of(const app::LoadedConfig& loaded) {
    app::LoadedConfig nameless = loaded;
    for (std::string& origin : nameless.origins) {
        origin.clear();
    }
    return app::format_config(nameless);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const MemoryFile file(text);
    const auto loaded = load(file);
    if (!loaded) {
        BERTH_CHECK(!loaded.error().log_detail.empty());
        return 0;
    }
    const std::string written = values_of(*loaded);
    const auto again = load(MemoryFile(written));
    BERTH_CHECK(again.has_value());
    BERTH_CHECK(values_of(*again) == written);
    return 0;
}
