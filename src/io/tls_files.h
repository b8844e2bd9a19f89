// SPDX-License-Identifier: Apache-2.0
//
// The files that a server's TLS settings come from, and a way to see that they changed. Blocks.
#pragma once

#include "base/error.h"
#include "io/tls_context.h"

#include <array>
#include <cstdint>
#include <ctime>
#include <string>
#include <sys/types.h>

namespace berth::io {

struct TlsFiles {
    TlsFiles() = default;
    std::string certificate;
    std::string key;
    ClientCertificates client_certificates = ClientCertificates::ignored;
    std::string client_ca;  // read unless client certificates are ignored
    bool http2 = false;     // offered beside HTTP/1.1
};

/// Errc::bad_request: a file cannot be read, or what TlsContext::make() says, with its path.
Result<std::unique_ptr<TlsContext>> load_tls_context(const TlsFiles& files);

/// What the file system says of a file, with links followed: another file behind the same name is a
/// change, too. All zero when there is none.
struct FileStamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    std::int64_t seconds = 0;
    std::int64_t nanoseconds = 0;
    friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

/// Of certificate, key and clients' authorities.
using TlsStamps = std::array<FileStamp, 3>;

TlsStamps stamp_files(const TlsFiles& files);

}  // namespace berth::io
