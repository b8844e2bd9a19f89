// SPDX-License-Identifier: Apache-2.0
#include "app/authority_directory.h"

#include "base/bytes.h"
#include "base/try.h"
#include "io/file.h"
#include "io/whole_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace berth::app {

namespace {

constexpr std::uint64_t kPemBytesMax = 1 * kMiB;

/// Creates `path` for its owner alone, and its parents as usual.
Result<void> make_private_directory(const std::filesystem::path& path) {
    const std::filesystem::path parent = path.parent_path();
    if (!parent.empty()) {
        BERTH_TRY_VOID(io::make_directories(parent));
    }
    if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
        return fail(io::file_error(errno, "mkdir", path));
    }
    return {};
}

/// Held while the authority is looked for and made; others wait for the moment that takes.
Result<io::FileHandle> lock(const std::filesystem::path& directory) {
    io::FileHandle file(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!file.is_open() || ::flock(file.fd(), LOCK_EX) != 0) {
        return fail(io::file_error(errno, "lock", directory));
    }
    return file;
}

bool is_there(const std::filesystem::path& path) {
    struct stat status{};
    return ::lstat(path.c_str(), &status) == 0;
}

Result<void> check_private(const std::filesystem::path& key) {
    struct stat status{};
    if (::stat(key.c_str(), &status) != 0) {
        return fail(io::file_error(errno, "stat", key));
    }
    if ((status.st_mode & 077U) != 0) {
        return fail(Errc::bad_request, key.string() +
                                           " is open to other users: make it 0600, and "
                                           "distrust the authority if it matters");
    }
    return {};
}

}  // namespace

Result<AuthorityDirectory::Opened> AuthorityDirectory::open(const CertificateNames& names) const {
    BERTH_TRY_VOID(make_private_directory(path_));
    BERTH_TRY(const io::FileHandle held, lock(path_));
    // The key is written first: a certificate without one did not come from a crash.
    if (is_there(authority_certificate())) {
        BERTH_TRY(LocalAuthority authority, read());
        return Opened{.authority = std::move(authority), .is_new = false};
    }
    BERTH_TRY(LocalAuthority authority, make(names));
    return Opened{.authority = std::move(authority), .is_new = true};
}

Result<LocalAuthority> AuthorityDirectory::read() const {
    CertificatePair pair;
    BERTH_TRY(pair.certificate, io::read_whole_file(authority_certificate(), kPemBytesMax));
    if (!is_there(authority_key())) {
        return fail(Errc::bad_request, authority_certificate().string() +
                                           " is there, but not its "
                                           "key " +
                                           authority_key().string());
    }
    BERTH_TRY_VOID(check_private(authority_key()));
    BERTH_TRY(pair.key, io::read_whole_file(authority_key(), kPemBytesMax));
    Result<LocalAuthority> authority = LocalAuthority::parse(pair);
    if (!authority) {
        return fail(Errc::bad_request, authority_certificate().string() + ": " +
                                           authority.error().log_detail +
                                           "; remove it and its key to have a new authority");
    }
    return authority;
}

Result<LocalAuthority> AuthorityDirectory::make(const CertificateNames& names) const {
    BERTH_TRY(LocalAuthority authority, LocalAuthority::create(names));
    BERTH_TRY_VOID(io::write_whole_file(authority_key(), authority.pair().key, 0600));
    BERTH_TRY_VOID(
        io::write_whole_file(authority_certificate(), authority.pair().certificate, 0644));
    return authority;
}

Result<void> AuthorityDirectory::write_server(const CertificatePair& pair) const {
    BERTH_TRY_VOID(io::write_whole_file(server_key(), pair.key, 0600));
    return io::write_whole_file(server_certificate(), pair.certificate, 0644);
}

}  // namespace berth::app
