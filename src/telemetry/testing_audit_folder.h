// SPDX-License-Identifier: Apache-2.0
//
// A directory for the files of an audit log, and a disk that is full. For tests only.
#pragma once

#include <gtest/gtest.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdlib.h>
#include <string>
#include <sys/resource.h>

namespace berth::telemetry {

class AuditFolder : public testing::Test {
  public:
    AuditFolder(const AuditFolder&) = delete;
    AuditFolder& operator=(const AuditFolder&) = delete;

    ~AuditFolder() override { std::filesystem::remove_all(folder_); }

  protected:
    AuditFolder() {
        std::string pattern = (std::filesystem::temp_directory_path() / "berth-audit-XXXXXX");
        folder_ = ::mkdtemp(pattern.data());
    }

    std::string path(const std::string& name) const { return (folder_ / name).string(); }

    std::string content(const std::string& name) const {
        std::ifstream file(folder_ / name, std::ios::binary);
        return std::string(std::istreambuf_iterator<char>(file), {});
    }

    std::filesystem::path folder_;
};

/// No more than so many bytes in any file that this process writes.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &before_);
        rlimit lower = before_;
        lower.rlim_cur = bytes;
        ::setrlimit(RLIMIT_FSIZE, &lower);
    }

    ~FileSizeLimit() {
        ::setrlimit(RLIMIT_FSIZE, &before_);
        std::signal(SIGXFSZ, SIG_DFL);
    }

    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;

  private:
    rlimit before_{};
};

}  // namespace berth::telemetry
