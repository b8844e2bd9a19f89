// SPDX-License-Identifier: Apache-2.0
#include "app/command_gc.h"

#include "app/catalog.h"
#include "app/collecting.h"
#include "app/garbage_view.h"
#include "app/management.h"
#include "app/run_now.h"
#include "base/try.h"
#include "blob/fs/fs_blob_store.h"

#include <utility>

namespace berth::app {
namespace {

constexpr const char* kDryRun = "--dry-run";
constexpr const char* kExplain = "--explain";

/// Files are removed one after the other.
constexpr std::size_t kPoolThreads = 1;
constexpr std::size_t kPoolQueue = 16;

Result<void> run_cycle(Catalog& catalog, const Config& config,
                       const registry::GarbagePolicy& policy, GarbageReport& report) {
    RunNow run;
    const std::unique_ptr<io::FileSystem> files = io::real_file_system();
    io::BlockingPool pool(kPoolThreads, kPoolQueue);
    BERTH_TRY(const std::unique_ptr<blob::BlobStore> store,
              blob::open_fs_blob_store(config.data, *files, pool));
    const auto note = [&report](const registry::GarbageItem& item) {
        if (report.items.size() < kFindingsMax) {
            report.items.push_back(item);
        } else {
            ++report.left_out;
        }
    };
    registry::GarbageCollector collector(catalog.database(), *store, policy, note);
    Result<void> outcome;
    do {
        Result<void> done = run(collector.step());
        if (!done && outcome) {
            outcome = std::move(done);
        }
    } while (collector.in_cycle());
    report.statistics = collector.statistics();
    return outcome;
}

Result<std::string> collect(const Invocation& given, bool dry_run) {
    const Config& config = given.loaded.config;
    BERTH_TRY(Catalog catalog, Catalog::open(config));
    registry::GarbagePolicy policy = garbage_policy_of(config);
    policy.dry_run = dry_run;
    GarbageReport report;
    report.dry_run = dry_run;
    BERTH_TRY_VOID(run_cycle(catalog, config, policy, report));
    const Timestamp at = now();
    const Timestamp condemned{at.ticks - config.gc.read_grace.count() * kTicksPerSecond};
    BERTH_TRY(const meta::Waiting waiting, catalog.read([condemned](db::Session& session) {
        return meta::count_waiting(session, condemned);
    }));
    BERTH_TRY(report.bytes_kept, catalog.read([at](db::Session& session) {
        return meta::are_bytes_kept(session, at);
    }));
    report.waiting_blobs = waiting.blobs;
    report.waiting_bytes = waiting.bytes;
    return answer(given, garbage_json(report), garbage_text(report));
}

Result<std::string> explain(const Invocation& given, const std::string& text) {
    const auto digest = oci::Digest::parse(text);
    if (!digest) {
        return fail(Errc::bad_request,
                    "'" + text + "' is no digest: it is sha256: and 64 hex digits, or sha512:");
    }
    BERTH_TRY(Catalog catalog, Catalog::open(given.loaded.config));
    BERTH_TRY(const meta::DigestHolders holders, catalog.read([&digest](db::Session& session) {
        return meta::find_holders(session, *digest);
    }));
    const registry::GarbagePolicy policy = garbage_policy_of(given.loaded.config);
    return answer(given, holders_json(holders, policy, now()),
                  holders_text(holders, policy, now()));
}

Result<std::string> run_gc(const Invocation& given) {
    const bool dry_run = given.arguments.has(kDryRun);
    if (!given.arguments.has(kExplain)) {
        return collect(given, dry_run);
    }
    if (dry_run) {
        return fail(Errc::bad_request, "give --dry-run or --explain: both change nothing");
    }
    return explain(given, given.arguments.text(kExplain));
}

}  // namespace

std::vector<Command> gc_commands() {
    Command gc(
        "gc", "Collect garbage now: links, blobs and files that nothing refers to",
        Command::Takes::catalog,
        {toggle(kDryRun, "Say what would go and why, and change nothing"),
         Parameter(kExplain, "DIGEST", "Say who holds a blob or manifest and when it may go")},
        run_gc);
    gc.footer =
        "A server does this by itself every gc.interval; the command may run beside it. What was\n"
        "pushed, mounted or asked for within gc.grace stays.";
    return {std::move(gc)};
}

}  // namespace berth::app
