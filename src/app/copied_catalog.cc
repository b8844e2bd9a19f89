// SPDX-License-Identifier: Apache-2.0
#include "app/copied_catalog.h"

namespace berth::app {
namespace {

constexpr std::uint32_t kRowsAtOnce = 200;

}  // namespace

Result<std::optional<meta::BlobRecord>> ObjectRows::next() {
    while (true) {
        for (; at_ < rows_.size(); ++at_) {
            if (rows_[at_].state == meta::BlobState::live && !rows_[at_].in_catalog()) {
                return std::move(rows_[at_++]);
            }
        }
        BERTH_TRY(rows_, read_from(catalog_, [this](db::Session& session) {
                      return meta::stored_blobs_after(session, after_, kRowsAtOnce);
                  }));
        if (rows_.empty()) {
            return std::nullopt;
        }
        after_ = rows_.back().id;
        at_ = 0;
    }
}

}  // namespace berth::app
