// SPDX-License-Identifier: Apache-2.0
#include "app/catalog.h"

#include "app/data_lock.h"
#include "meta/schema.h"

#include <filesystem>
#include <string>

namespace berth::app {
namespace {

std::unexpected<Error> no_catalog(const std::filesystem::path& data) {
    return fail(Errc::io_error, "no catalog in " + data.string() +
                                    ": start berth serve once, or name its directory with --data");
}

}  // namespace

Result<Catalog> Catalog::open(const Config& config) {
    if (config.in_memory) {
        return fail(Errc::unsupported, "with in_memory nothing is kept: there is no catalog");
    }
    const std::filesystem::path data(config.data);
    const std::filesystem::path file = data / "catalog.db";
    std::error_code ignored;
    if (!std::filesystem::is_regular_file(file, ignored)) {
        return no_catalog(data);
    }
    BERTH_TRY(std::unique_ptr<db::SqliteDatabase> database,
              db::SqliteDatabase::open_migrated(file, meta::migrations()));
    if (database) {
        return Catalog(std::move(database), io::FileHandle());
    }
    Result<io::FileHandle> lock = lock_data_directory(data);
    if (!lock && lock.error().code == Errc::conflict) {
        return fail(Errc::conflict, "the server on " + data.string() +
                                        " is older than this program: restart it with this one");
    }
    if (!lock) {
        return fail(std::move(lock).error());
    }
    BERTH_TRY(database, db::SqliteDatabase::open(file, meta::migrations()));
    return Catalog(std::move(database), *std::move(lock));
}

}  // namespace berth::app
