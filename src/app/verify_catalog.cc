// SPDX-License-Identifier: Apache-2.0
#include "app/verify.h"
#include "base/try.h"

#include <fmt/format.h>

namespace berth::app {
namespace {

constexpr std::uint32_t kRepositoriesAtOnce = 100;

std::string difference(const meta::Miscount& miscount) {
    return fmt::format("says {} manifests and {} tags, has {} and {}", miscount.manifests_said,
                       miscount.tags_said, miscount.manifests, miscount.tags);
}

}  // namespace

// SQLite's checks read the whole file in one snapshot each; the server goes on beside them, its log
// grows meanwhile.
Result<void> Verifier::check_catalog() {
    progress_.begin("checking the catalog", 0);
    BERTH_TRY(const auto pages, read([this](db::Session& session) {
                  return meta::check_pages(session, options_.quick);
              }));
    for (const std::string& complaint : pages) {
        report_.add({FindingKind::damaged_catalog, "catalog.db", complaint, ""});
    }
    BERTH_TRY(const auto rows,
              read([](db::Session& session) { return meta::check_foreign_keys(session); }));
    for (const std::string& complaint : rows) {
        report_.add(
            {FindingKind::broken_link, "catalog.db", "a row points at no row: " + complaint, ""});
    }
    return {};
}

// A snapshot sees counters and rows of one instant: there is nothing to look at again.
Result<void> Verifier::check_counters() {
    meta::RepositoryId last = 0;
    do {
        meta::RepositoryId reached = 0;
        BERTH_TRY(const auto wrong, read([&](db::Session& session) {
                      return meta::miscounted_after(session, last, kRepositoriesAtOnce, reached);
                  }));
        for (const meta::Miscount& miscount : wrong) {
            BERTH_TRY_VOID(check_counter(miscount));
        }
        last = reached;
    } while (last != 0);
    return {};
}

Result<void> Verifier::check_counter(const meta::Miscount& miscount) {
    std::string repaired;
    if (options_.repair) {
        BERTH_TRY_VOID(change(miscount.name, [&miscount](db::Session& session) {
            return meta::recount(session, miscount.id);
        }));
        repaired = "counted again";
    }
    report_.add(
        {FindingKind::wrong_counter, miscount.name, difference(miscount), std::move(repaired)});
    return {};
}

}  // namespace berth::app
