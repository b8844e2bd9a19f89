// SPDX-License-Identifier: Apache-2.0
#include "io/tls_files.h"

#include "base/try.h"
#include "io/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>

namespace berth::io {

namespace {

/// Certificates are a few KiB, a system's bundle of authorities a few hundred.
constexpr std::uint64_t kFileBytesMax = 4 * kMiB;

Result<std::string> read_pem(const std::string& path, const char* what) {
    const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    const auto refuse = [&](const std::string& why) {
        return fail(Errc::bad_request,
                    std::string("cannot read ") + what + " " + path + ": " + why);
    };
    if (!file.is_open()) {
        return refuse(std::strerror(errno));
    }
    const Result<std::uint64_t> size = file_size(file);
    if (!size || *size > kFileBytesMax) {
        return refuse(size ? "it is larger than 4 MiB" : size.error().log_detail);
    }
    std::string text(static_cast<std::size_t>(*size), '\0');
    const Result<void> done =
        read_exactly(file, std::as_writable_bytes(std::span(text.data(), text.size())), 0);
    if (!done) {
        return refuse(done.error().log_detail);
    }
    return text;
}

FileStamp stamp_of(const std::string& path) {
    struct stat status{};
    if (path.empty() || ::stat(path.c_str(), &status) != 0) {
        return {};
    }
    return FileStamp{.device = status.st_dev,
                     .inode = status.st_ino,
                     .size = status.st_size,
                     .seconds = status.st_mtim.tv_sec,
                     .nanoseconds = status.st_mtim.tv_nsec};
}

}  // namespace

Result<std::unique_ptr<TlsContext>> load_tls_context(const TlsFiles& files) {
    TlsMaterial material;
    material.client_certificates = files.client_certificates;
    material.http2 = files.http2;
    BERTH_TRY(material.certificate, read_pem(files.certificate, "certificate"));
    BERTH_TRY(material.key, read_pem(files.key, "key"));
    if (files.client_certificates != ClientCertificates::ignored) {
        BERTH_TRY(material.client_ca, read_pem(files.client_ca, "clients' authorities"));
    }
    Result<std::unique_ptr<TlsContext>> made = TlsContext::make(material);
    if (!made) {
        Error why = std::move(made).error();
        why.log_detail += " (" + files.certificate + ", " + files.key +
                          (files.client_ca.empty() ? "" : ", " + files.client_ca) + ")";
        return fail(std::move(why));
    }
    return made;
}

TlsStamps stamp_files(const TlsFiles& files) {
    return {stamp_of(files.certificate), stamp_of(files.key), stamp_of(files.client_ca)};
}

}  // namespace berth::io
