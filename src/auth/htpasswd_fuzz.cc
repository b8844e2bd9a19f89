// SPDX-License-Identifier: Apache-2.0
//
// The whole input as an htpasswd file. The entries that are taken, written as a file, are read
// again the same; no name is taken twice, no hash that is refused alone.
#include "auth/htpasswd.h"

#include "base/assert.h"

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace berth;
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    std::set<std::string> names;
    std::vector<auth::HtpasswdEntry> taken;
    std::string written;
    std::size_t line = 0;
    for (const auth::HtpasswdEntry& entry : auth::parse_htpasswd(text)) {
        BERTH_CHECK(entry.line > line);
        line = entry.line;
        if (!entry.problem.empty()) {
            continue;
        }
        BERTH_CHECK(auth::hash_problem(entry.hash).empty());
        BERTH_CHECK(!entry.name.empty() && names.insert(entry.name).second);
        taken.push_back(entry);
        written.append(entry.name).append(":").append(entry.hash).append("\n");
    }
    const auto again = auth::parse_htpasswd(written);
    BERTH_CHECK(again.size() == taken.size());
    for (std::size_t i = 0; i < taken.size(); ++i) {
        BERTH_CHECK(again[i].problem.empty());
        BERTH_CHECK(again[i].name == taken[i].name && again[i].hash == taken[i].hash);
    }
    return 0;
}
