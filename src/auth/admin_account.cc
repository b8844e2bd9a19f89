// SPDX-License-Identifier: Apache-2.0
#include "auth/admin_account.h"

#include "auth/password.h"
#include "base/bytes.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/try.h"
#include "io/file.h"
#include "meta/accounts.h"

#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <unistd.h>

namespace berth::auth {
namespace {

// 24 characters of 57: 140 bits.
constexpr std::size_t kPasswordLength = 24;

// A new, empty file that only its owner may read, at a path where a crashed start may have left
// one.
Result<io::FileHandle> create_private(const std::filesystem::path& path) {
    if (::unlink(path.c_str()) != 0 && errno != ENOENT) {
        return fail(io::file_error(errno, "unlink", path));
    }
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return fail(io::file_error(errno, "create", path));
    }
    return io::FileHandle(fd);
}

// Replaces `path` as a whole: whoever opens it sees a complete password or none.
Result<void> write_private(const std::filesystem::path& path, std::string_view text) {
    const std::unique_ptr<io::FileSystem> files = io::real_file_system();
    std::filesystem::path draft = path;
    draft += ".new";
    BERTH_TRY(const io::FileHandle file, create_private(draft));
    BERTH_TRY_VOID(files->write_at(file, as_bytes(text), 0));
    BERTH_TRY_VOID(files->sync(file));
    if (::rename(draft.c_str(), path.c_str()) != 0) {
        return fail(io::file_error(errno, "rename", path));
    }
    const std::filesystem::path directory = path.parent_path();
    return files->sync_directory(directory.empty() ? "." : directory);
}

Result<bool> has_accounts(db::SqliteDatabase& database) {
    Result<std::int64_t> count = 0;
    const db::Work work = [&count](db::Session& session) { count = meta::count_accounts(session); };
    BERTH_TRY_VOID(database.read_now(work));
    if (!count) {
        return fail(std::move(count).error());
    }
    return *count > 0;
}

Result<void> insert_account(db::SqliteDatabase& database, const meta::AccountRow& account) {
    Result<void> done;
    const db::TransactionalWork work = [&done, &account](db::Session& session) {
        done = meta::create_account(session, account, now());
        return done.has_value();
    };
    BERTH_TRY_VOID(database.write_now(work));
    return done;
}

}  // namespace

Result<std::optional<std::string>> prepare_admin(db::SqliteDatabase& database,
                                                 const std::filesystem::path& password_file) {
    BERTH_TRY(const bool present, has_accounts(database));
    if (present) {
        return std::nullopt;
    }
    std::string password = make_password(kPasswordLength);
    BERTH_TRY_VOID(write_private(password_file, password + "\n"));
    return password;
}

Result<void> create_admin(db::SqliteDatabase& database, const std::string& password) {
    meta::AccountRow account;
    account.name = kAdminName;
    meta::PasswordRow first;
    BERTH_TRY(first.hash, hash_password(password));
    first.created_at = now();
    account.passwords.front() = std::move(first);
    return insert_account(database, account);
}

}  // namespace berth::auth
