// SPDX-License-Identifier: Apache-2.0
#include "app/process_statistics.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <sys/resource.h>
#include <system_error>
#include <unistd.h>
#include <vector>

namespace berth::app {

namespace {

// Fields of /proc/self/stat, counted from 0 behind the name of the program (proc(5)).
constexpr std::size_t kUserTime = 11;
constexpr std::size_t kSystemTime = 12;
constexpr std::size_t kThreads = 17;
constexpr std::size_t kStartTime = 19;
constexpr std::size_t kVirtualBytes = 20;
constexpr std::size_t kResidentPages = 21;

/// Empty when there are fewer than are wanted. The name, in parentheses, may hold anything.
std::vector<std::uint64_t> status_fields() {
    std::ifstream file("/proc/self/stat");
    std::string line;
    std::getline(file, line);
    const std::size_t name_end = line.rfind(')');
    if (name_end == std::string::npos) {
        return {};
    }
    std::istringstream rest(line.substr(name_end + 1));
    std::vector<std::uint64_t> fields;
    for (std::string field; rest >> field && fields.size() <= kResidentPages;) {
        const bool number = field.find_first_not_of("0123456789") == std::string::npos;
        fields.push_back(number ? std::stoull(field) : 0);
    }
    return fields.size() > kResidentPages ? fields : std::vector<std::uint64_t>();
}

/// When the machine started, in seconds since 1970; 0 when that is not to be found.
double boot_seconds() {
    std::ifstream file("/proc/stat");
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("btime ")) {
            return std::stod(line.substr(6));
        }
    }
    return 0;
}

std::uint64_t count_descriptors() {
    std::error_code error;
    std::uint64_t count = 0;
    for (std::filesystem::directory_iterator at("/proc/self/fd", error), end; !error && at != end;
         at.increment(error)) {
        ++count;
    }
    return count > 0 ? count - 1 : 0;  // without the one that reads the directory
}

}  // namespace

ProcessStatistics process_statistics() {
    ProcessStatistics statistics;
    statistics.open_descriptors = count_descriptors();
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        statistics.descriptors_max = limit.rlim_cur;
    }
    const std::vector<std::uint64_t> fields = status_fields();
    if (fields.empty()) {
        return statistics;
    }
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    statistics.cpu_seconds = static_cast<double>(fields[kUserTime] + fields[kSystemTime]) / ticks;
    statistics.threads = fields[kThreads];
    statistics.virtual_bytes = fields[kVirtualBytes];
    statistics.resident_bytes = fields[kResidentPages] * page;
    statistics.start_seconds = boot_seconds() + (static_cast<double>(fields[kStartTime]) / ticks);
    return statistics;
}

}  // namespace berth::app
