// SPDX-License-Identifier: Apache-2.0
#include "meta/access_generation.h"

#include "base/try.h"

namespace berth::meta {

namespace {

constexpr db::Sql kRead("SELECT value FROM access_generation WHERE one = 1");
constexpr db::Sql kRaise("UPDATE access_generation SET value = value + 1 WHERE one = 1");

constexpr db::Sql kEndAccounts("UPDATE accounts SET epoch = $1");
constexpr db::Sql kEndIssuers("UPDATE issuers SET epoch = $1");

}  // namespace

Result<std::int64_t> access_generation(db::Session& session) {
    std::int64_t value = 0;
    BERTH_TRY_VOID(session.query(kRead, {}, [&value](const db::Row& row) {
        value = row.integer(0);
        return false;
    }));
    return value;
}

Result<std::int64_t> raise_access_generation(db::Session& session) {
    BERTH_TRY_VOID(session.execute(kRaise, {}));
    return access_generation(session);
}

Result<void> end_all_tokens(db::Session& session) {
    BERTH_TRY(const std::int64_t epoch, raise_access_generation(session));
    BERTH_TRY_VOID(session.execute(kEndAccounts, {epoch}));
    BERTH_TRY_VOID(session.execute(kEndIssuers, {epoch}));
    return {};
}

}  // namespace berth::meta
