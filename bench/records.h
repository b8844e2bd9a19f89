// SPDX-License-Identifier: Apache-2.0
//
// The file of prepared requests that bench/work.py writes and load.cc sends.
//
// It holds records: a line "HEAD TAIL OFFSET FILL FRAME STATUS FIRST", all decimal, then HEAD bytes
// and TAIL bytes. A request is its head, FILL bytes of the filler from OFFSET on (from its start
// again when it ends), and its tail; with FRAME, fill and tail go out in chunks of so many bytes,
// which divide the size of the filler, as chunked transfer coding. STATUS 0 takes any 2xx,
// otherwise it is the one that is right. FIRST 1 begins a job: its records go out one after the
// other on one connection. What is not such a file ends the program.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace bench {

struct Record {
    std::string_view head;
    std::string_view tail;
    std::size_t offset = 0;
    std::size_t fill = 0;
    std::size_t frame = 0;
    unsigned status = 0;
    bool first = false;
};

inline std::string_view map_file(const char* path) {
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat facts{};
    if (fd < 0 || fstat(fd, &facts) != 0 || facts.st_size == 0) {
        std::perror(path);
        std::exit(1);
    }
    const auto size = static_cast<std::size_t>(facts.st_size);
    void* at = mmap(nullptr, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
    if (at == MAP_FAILED) {
        std::perror(path);
        std::exit(1);
    }
    close(fd);
    return {static_cast<const char*>(at), size};
}

inline std::vector<Record> read_records(std::string_view text) {
    std::vector<Record> records;
    while (!text.empty()) {
        const std::string line(text.substr(0, text.find('\n')));
        std::size_t head = 0;
        std::size_t tail = 0;
        unsigned first = 0;
        Record record;
        if (std::sscanf(line.c_str(), "%zu %zu %zu %zu %zu %u %u", &head, &tail, &record.offset,
                        &record.fill, &record.frame, &record.status, &first) != 7) {
            std::fprintf(stderr, "not a record: %s\n", line.c_str());
            std::exit(2);
        }
        text.remove_prefix(line.size() + 1);
        record.head = text.substr(0, head);
        record.tail = text.substr(head, tail);
        record.first = first != 0;
        text.remove_prefix(head + tail);
        records.push_back(record);
    }
    return records;
}

}  // namespace bench
