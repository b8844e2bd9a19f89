// SPDX-License-Identifier: Apache-2.0
#include "db/migrate.h"

#include "base/bytes.h"
#include "base/encode.h"
#include "base/try.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>

namespace berth::db {

namespace {

constexpr Sql kCreateTable(
    "CREATE TABLE IF NOT EXISTS schema_version ("
    " version INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL,"
    " checksum TEXT NOT NULL,"
    " applied_at INTEGER NOT NULL)");
constexpr Sql kListApplied("SELECT version, checksum FROM schema_version ORDER BY version");
constexpr Sql kRecord(
    "INSERT INTO schema_version (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)");

using Applied = std::map<std::int64_t, std::string>;

std::string sha256_hex(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned int size = 0;
    if (EVP_Digest(text.data(), text.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1) {
        return {};
    }
    return hex_encode(std::as_bytes(std::span(hash.data(), size)));
}

Result<Applied> list_applied(Session& session) {
    Applied applied;
    BERTH_TRY_VOID(session.query(kListApplied, {}, [&applied](const Row& row) {
        applied.emplace(row.integer(0), row.text(1));
        return true;
    }));
    return applied;
}

Result<void> refuse_newer(const Applied& applied, std::span<const Migration> migrations) {
    const std::int64_t newest = applied.empty() ? 0 : applied.rbegin()->first;
    const std::int64_t known = migrations.empty() ? 0 : migrations.back().version;
    if (newest > known) {
        return fail(Errc::unsupported,
                    "the data was written by a newer Berth: its schema is version " +
                        std::to_string(newest) + ", this program knows up to " +
                        std::to_string(known));
    }
    return {};
}

Result<void> refuse_changed(const Migration& migration, const std::string& recorded,
                            const std::string& checksum) {
    if (recorded == checksum) {
        return {};
    }
    return fail(Errc::corrupt, "schema migration " + std::to_string(migration.version) + " (" +
                                   std::string(migration.name) +
                                   ") is not the one this data was made with");
}

constexpr Sql kHasTable(
    "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'schema_version'");

Result<bool> has_versions(Session& session) {
    bool present = false;
    BERTH_TRY_VOID(session.query(kHasTable, {}, [&present](const Row&) {
        present = true;
        return false;
    }));
    return present;
}

}  // namespace

Result<bool> is_migrated(Session& session, std::span<const Migration> migrations) {
    BERTH_TRY(const bool any, has_versions(session));
    if (!any) {
        return migrations.empty();
    }
    BERTH_TRY(const Applied applied, list_applied(session));
    BERTH_TRY_VOID(refuse_newer(applied, migrations));
    for (const Migration& migration : migrations) {
        const auto found = applied.find(migration.version);
        if (found == applied.end()) {
            return false;
        }
        BERTH_TRY_VOID(refuse_changed(migration, found->second, sha256_hex(migration.sql)));
    }
    return true;
}

Result<void> apply_migrations(Session& session, const RunScript& run_script,
                              std::span<const Migration> migrations, Timestamp now) {
    BERTH_TRY_VOID(session.execute(kCreateTable, {}));
    BERTH_TRY(const Applied applied, list_applied(session));
    BERTH_TRY_VOID(refuse_newer(applied, migrations));
    for (const Migration& migration : migrations) {
        const std::string checksum = sha256_hex(migration.sql);
        const auto found = applied.find(migration.version);
        if (found != applied.end()) {
            BERTH_TRY_VOID(refuse_changed(migration, found->second, checksum));
            continue;
        }
        BERTH_TRY_VOID(run_script(migration.sql));
        BERTH_TRY_VOID(
            session.execute(kRecord, {migration.version, migration.name, checksum, now.ticks}));
    }
    return {};
}

}  // namespace berth::db
