// SPDX-License-Identifier: Apache-2.0
//
// The file behind an audit log: appended to, put aside when it is large, opened anew on demand. Any
// thread. Several processes may append to one file; only one of them should put it aside.
#pragma once

#include "base/error.h"

#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace berth::telemetry {

class AuditFile {
  public:
    /// Made with mode 0600 if it is not there; when root makes it, for the owner of its directory.
    /// At `bytes_max` it becomes `path`.1 in place of the one before; 0: never. Errors: io_error.
    static Result<std::unique_ptr<AuditFile>> open(std::string path, std::uint64_t bytes_max);

    ~AuditFile();
    AuditFile(const AuditFile&) = delete;
    AuditFile& operator=(const AuditFile&) = delete;

    /// Whole lines. Waits for the disk. The number of lines that did not get there.
    std::uint64_t append(std::string_view lines);
    /// After somebody renamed the file: goes on in a new one. When that cannot be opened, in the
    /// old one.
    Result<void> reopen();

  private:
    AuditFile(std::string path, std::uint64_t bytes_max);

    // With mutex_ held.
    Result<void> open_file();
    void put_aside_if_large(std::size_t more);
    std::size_t write_all(std::string_view bytes) const;

    const std::string path_;
    const std::uint64_t bytes_max_;
    std::mutex mutex_;
    // Guarded by mutex_.
    int file_ = -1;
    bool torn_ = false;  // a line was begun and not ended
};

}  // namespace berth::telemetry
