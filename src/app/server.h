// SPDX-License-Identifier: Apache-2.0
//
// The composition root: the only place where the parts meet. Builds them in order, serves, drains,
// and takes them down in reverse.
#pragma once

#include "app/config.h"
#include "base/error.h"
#include "telemetry/access_log.h"
#include "telemetry/log.h"

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace berth::app {

class Server {
  public:
    /// Opens the store (migrating it), binds the address. Nothing is served before start().
    /// `config` and `log` must outlive the server. Blocks.
    static Result<std::unique_ptr<Server>> open(const Config& config, telemetry::Logger& log);
    ~Server();

    void start();
    /// After start(): makes the first account of a new store, for which those who sign in wait
    /// meanwhile. Blocks; after an error the server is of no use.
    Result<void> finish_start();
    /// Reads the certificate and opens the audit file again. Blocks; not from an I/O thread.
    void reload();
    /// Stops accepting, lets requests finish, ends. False when some had to be cut. `hurry` is asked
    /// again and again: once it says so, nothing is waited for any longer.
    bool stop(const std::function<bool()>& hurry);

    /// `http://127.0.0.1:5000`, one for each address.
    std::vector<std::string> urls() const;
    /// Of the admin listener; empty when there is none.
    std::string admin_url() const;
    /// The new admin password, on the very first start only.
    const std::optional<std::string>& first_password() const;

  private:
    struct Parts;
    explicit Server(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace berth::app
