// SPDX-License-Identifier: Apache-2.0
#include "io/tls_keeper.h"

#include "base/try.h"

namespace berth::io {

TlsKeeper::TlsKeeper(std::unique_ptr<TlsContext> context)
    : stamps_{}, context_(std::move(context)) {}

TlsKeeper::TlsKeeper(TlsFiles files, TlsStamps stamps, std::unique_ptr<TlsContext> context)
    : files_(std::move(files)), stamps_(stamps), context_(std::move(context)) {}

// Stamped before they are read: what changes in between is read once more.
Result<std::unique_ptr<TlsKeeper>> TlsKeeper::load(TlsFiles files) {
    const TlsStamps stamps = stamp_files(files);
    BERTH_TRY(std::unique_ptr<TlsContext> context, load_tls_context(files));
    return std::unique_ptr<TlsKeeper>(new TlsKeeper(std::move(files), stamps, std::move(context)));
}

std::shared_ptr<const TlsContext> TlsKeeper::current() const {
    const std::lock_guard lock(picking_);
    return context_;
}

Result<std::shared_ptr<const TlsContext>> TlsKeeper::refresh() {
    const std::lock_guard lock(reading_);
    if (!files_) {
        return nullptr;
    }
    const TlsStamps stamps = stamp_files(*files_);
    if (stamps == stamps_) {
        return nullptr;
    }
    return read(stamps);
}

Result<std::shared_ptr<const TlsContext>> TlsKeeper::reload() {
    const std::lock_guard lock(reading_);
    if (!files_) {
        return nullptr;
    }
    return read(stamp_files(*files_));
}

Result<std::shared_ptr<const TlsContext>> TlsKeeper::read(const TlsStamps& stamps) {
    stamps_ = stamps;
    BERTH_TRY(std::shared_ptr<const TlsContext> context, load_tls_context(*files_));
    const std::lock_guard lock(picking_);
    context_ = context;
    return context;
}

}  // namespace berth::io
