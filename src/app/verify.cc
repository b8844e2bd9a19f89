// SPDX-License-Identifier: Apache-2.0
#include "app/verify.h"

#include "base/try.h"

namespace berth::app {

Verifier::Verifier(Management& management, const std::filesystem::path& data, VerifyOptions options,
                   VerifyReport& report, Progress& progress)
    : management_(management),
      options_(options),
      report_(report),
      progress_(progress),
      files_(io::real_file_system()),
      layout_(data),
      quarantine_(data, *files_) {}

// Orphans are looked for before the long part and looked at again after it: what was only under way
// has its row, or is gone, by then. Counters come last: repairs before may change rows.
Result<void> Verifier::run() {
    const auto began = std::chrono::steady_clock::now();
    for (const auto part :
         {&Verifier::check_catalog, &Verifier::look_for_orphans, &Verifier::check_blobs,
          &Verifier::check_manifests, &Verifier::check_deleted_manifests, &Verifier::check_counters,
          &Verifier::look_at_orphans_again}) {
        Result<void> done = (this->*part)();
        if (!done && done.error().code == Errc::corrupt) {
            report_.add({FindingKind::damaged_catalog, "catalog.db", done.error().log_detail, ""});
            continue;
        }
        BERTH_TRY_VOID(std::move(done));
    }
    report_.set_elapsed(std::chrono::duration_cast<std::chrono::milliseconds>(
        std::chrono::steady_clock::now() - began));
    return {};
}

}  // namespace berth::app
