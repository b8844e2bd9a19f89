// SPDX-License-Identifier: Apache-2.0
#include "auth/directory.h"

#include "base/try.h"
#include "meta/access_generation.h"
#include "meta/scope_maps.h"

#include <optional>
#include <utility>

namespace berth::auth {
namespace {

Result<IdentityPtr> read_identity(db::Session& session, std::string_view name) {
    BERTH_TRY(std::optional<meta::AccountRow> account,
              meta::find_account(session, std::string(name)));
    if (!account) {
        return nullptr;
    }
    auto rules = std::make_shared<oci::Rules>();
    for (const std::string& scope_map : account->scope_maps) {
        BERTH_TRY_VOID(meta::read_rules(session, scope_map, *rules));
    }
    auto identity = std::make_shared<Identity>();
    identity->account = *std::move(account);
    identity->rules = std::move(rules);
    return identity;
}

}  // namespace

io::Task<Result<IdentityPtr>> Directory::find(std::string_view name) {
    if (IdentityPtr known = recall_unchanged(name)) {
        co_return known;
    }
    // Taken first: what is committed between here and the read is read, and gives another mark.
    const Mark mark = database_.change_mark();
    auto lookup = [this, name, &mark](db::Session& session) -> Result<IdentityPtr> {
        BERTH_TRY(const std::int64_t generation, meta::access_generation(session));
        if (IdentityPtr known = recall(name, generation, mark)) {
            return known;
        }
        BERTH_TRY(IdentityPtr identity, read_identity(session, name));
        // Names of no account are not remembered: there is no end to those.
        if (identity) {
            remember(identity, generation, mark);
        }
        return identity;
    };
    co_return co_await database_.read(lookup);
}

IdentityPtr Directory::recall_unchanged(std::string_view name) const {
    const Mark mark = database_.change_mark();
    const std::lock_guard lock(mutex_);
    if (!mark || mark != mark_) {
        return nullptr;
    }
    const auto found = remembered_.find(name);
    return found == remembered_.end() ? nullptr : found->second;
}

IdentityPtr Directory::recall(std::string_view name, std::int64_t generation, const Mark& mark) {
    const std::lock_guard lock(mutex_);
    if (generation != generation_) {
        return nullptr;
    }
    mark_ = mark;
    const auto found = remembered_.find(name);
    return found == remembered_.end() ? nullptr : found->second;
}

// A read that began before a change may end after one that saw it: what is older is not kept.
void Directory::remember(const IdentityPtr& identity, std::int64_t generation, const Mark& mark) {
    const std::lock_guard lock(mutex_);
    if (generation < generation_) {
        return;
    }
    if (generation > generation_ || remembered_.size() >= kRememberedMax) {
        remembered_.clear();
        generation_ = generation;
    }
    mark_ = mark;
    remembered_.insert_or_assign(identity->account.name, identity);
}

}  // namespace berth::auth
