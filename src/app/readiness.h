// SPDX-License-Identifier: Apache-2.0
//
// Whether this server should be sent requests, as a list of checks: what /readyz answers. Any
// thread that may read the catalog.
#pragma once

#include "app/store_health.h"
#include "db/sqlite_database.h"
#include "io/tls_keeper.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace berth::app {

struct Check {
    std::string_view name;
    std::string_view reason = {};  // one word; empty: all is well
    std::string message = {};      // what the operator may do about it

    bool passed() const { return reason.empty(); }
};

class Readiness {
  public:
    struct Parts {
        const StoreHealth& health;
        db::SqliteDatabase& database;
        const io::TlsKeeper* tls;  // nullptr: nothing speaks https
    };

    /// References must outlive the object.
    explicit Readiness(Parts parts) : parts_(parts) {}

    /// From now on not ready. Any thread.
    void begin_drain() { draining_.store(true); }

    bool draining() const { return draining_.load(); }

    /// All of them, in one order. `now`: seconds since 1970.
    std::vector<Check> checks(std::int64_t now) const;

  private:
    Check check_catalog_read() const;
    Check check_certificate(std::int64_t now) const;

    const Parts parts_;
    std::atomic<bool> draining_ = false;
};

bool all_passed(const std::vector<Check>& checks);

/// `{"ready":false,"checks":[{"name":"catalog_writable","ok":false,"reason":"disk_full",...}]}`
std::string checks_json(const std::vector<Check>& checks);

}  // namespace berth::app
