// SPDX-License-Identifier: Apache-2.0
//
// The TLS context in use, and its replacement when the files behind it change: new handshakes take
// the new one, connections keep theirs. Any thread; what reads files blocks.
#pragma once

#include "io/tls_context.h"
#include "io/tls_files.h"

#include <memory>
#include <mutex>
#include <optional>

namespace berth::io {

class TlsKeeper {
  public:
    /// Errors as load_tls_context().
    static Result<std::unique_ptr<TlsKeeper>> load(TlsFiles files);
    /// One that never changes.
    explicit TlsKeeper(std::unique_ptr<TlsContext> context);

    std::shared_ptr<const TlsContext> current() const;

    /// Reads the files if they changed since they were last read. nullptr when there is nothing
    /// new. After a failure the old context stays, and the files are read again when they change
    /// again.
    Result<std::shared_ptr<const TlsContext>> refresh();
    /// Reads the files.
    Result<std::shared_ptr<const TlsContext>> reload();

  private:
    TlsKeeper(TlsFiles files, TlsStamps stamps, std::unique_ptr<TlsContext> context);
    Result<std::shared_ptr<const TlsContext>> read(const TlsStamps& stamps);

    const std::optional<TlsFiles> files_;
    std::mutex reading_;
    TlsStamps stamps_;  // guarded by reading_
    mutable std::mutex picking_;
    std::shared_ptr<const TlsContext> context_;  // guarded by picking_
};

}  // namespace berth::io
