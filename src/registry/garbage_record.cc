// SPDX-License-Identifier: Apache-2.0
#include "registry/garbage_record.h"

#include <fmt/format.h>

namespace berth::registry {

std::string garbage_record(const GarbageTotals& totals, std::uint64_t strangers, Timestamp started,
                           Timestamp finished) {
    return fmt::format(
        R"({{"started_at":"{}","finished_at":"{}","links_dropped":{},"blobs_condemned":{},)"
        R"("bytes_condemned":{},"blobs_removed":{},"bytes_removed":{},"orphans_removed":{},)"
        R"("orphan_bytes_removed":{},"removal_failures":{},"strangers":{}}})",
        format_timestamp(started), format_timestamp(finished), totals.links_dropped,
        totals.condemned.count, totals.condemned.bytes, totals.removed.count, totals.removed.bytes,
        totals.orphans.count, totals.orphans.bytes, totals.removal_failures, strangers);
}

}  // namespace berth::registry
