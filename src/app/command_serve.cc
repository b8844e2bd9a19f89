// SPDX-License-Identifier: Apache-2.0
#include "app/command_serve.h"

#include "app/banner.h"
#include "app/server.h"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <sys/resource.h>

namespace berth::app {

namespace {

/// The signals that mean something here; blocked in every thread and taken by sigwait alone.
sigset_t expected_signals() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

/// A connection and a blob being read cost a descriptor each; the usual soft limit of 1024 is a
/// relic.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        (void)::setrlimit(RLIMIT_NOFILE, &limit);
    }
}

Result<std::string> run_serve(const Invocation& given) {
    const Config& config = given.loaded.config;
    std::signal(SIGPIPE, SIG_IGN);
    const sigset_t expected = expected_signals();
    ::pthread_sigmask(SIG_BLOCK, &expected, nullptr);
    raise_descriptor_limit();

    telemetry::Logger log(config.log.format, config.log.level);
    auto server = Server::open(config, log);
    if (!server) {
        return fail(Errc::unavailable, "cannot start: " + server.error().log_detail);
    }
    (*server)->start();
    fmt::print("{}", banner(config, (*server)->urls(), (*server)->first_password()));
    std::fflush(stdout);

    int signal = 0;
    for (::sigwait(&expected, &signal); signal == SIGHUP; ::sigwait(&expected, &signal)) {
        (*server)->reload();
    }
    log.info("draining", {{"signal", signal}});
    const bool clean = (*server)->stop();
    log.info("stopped", {{"cut_connections", !clean}});
    return std::string();
}

}  // namespace

std::vector<Command> serve_commands() {
    return {Command("serve", "Run the registry", Command::Takes::settings, {}, run_serve)};
}

}  // namespace berth::app
