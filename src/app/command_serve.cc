// SPDX-License-Identifier: Apache-2.0
#include "app/command_serve.h"

#include "app/banner.h"
#include "app/descriptor_limit.h"
#include "app/file_system_kind.h"
#include "app/local_banner.h"
#include "app/memory_directory.h"
#include "app/server.h"
#include "base/try.h"
#include "io/file.h"

#include <fmt/core.h>

#include <csignal>
#include <cstdio>
#include <ctime>
#include <fcntl.h>
#include <optional>

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

/// Told to end a second time: what is under way is not waited for any longer.
bool is_hurried() {
    sigset_t ending;
    sigemptyset(&ending);
    sigaddset(&ending, SIGTERM);
    sigaddset(&ending, SIGINT);
    const timespec at_once{};
    return ::sigtimedwait(&ending, nullptr, &at_once) > 0;
}

bool has_terminal() {
    const io::FileHandle terminal(::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC));
    return terminal.is_open();
}

/// True when a SIGHUP that comes later may mean that the terminal was closed, which ends what was
/// started from it (unless by nohup).
bool depends_on_terminal() {
    struct sigaction action{};
    ::sigaction(SIGHUP, nullptr, &action);
    return action.sa_handler != SIG_IGN && has_terminal();
}

/// A connection costs a descriptor, and another while it reads a blob.
void fit_connections(Config& config, std::uint64_t descriptors, telemetry::Logger& log) {
    const std::uint32_t reachable = connections_within(descriptors, config.limits.connections_max);
    if (reachable < config.limits.connections_max) {
        log.warn("connections_limited", {{"connections_max", config.limits.connections_max},
                                         {"reachable", reachable},
                                         {"open_files", descriptors},
                                         {"remedy",
                                          "raise the hard limit of open files "
                                          "(LimitNOFILE, ulimit -Hn)"}});
        config.limits.connections_max = reachable;
    }
}

/// `given`, with the data in a directory that goes away when there is one.
Result<Config> settle(const Config& given, std::optional<MemoryDirectory>& memory) {
    Config config = given;
    if (config.in_memory) {
        BERTH_TRY(MemoryDirectory made, MemoryDirectory::make());
        memory.emplace(std::move(made));
        config.data = memory->path();
    }
    return config;
}

std::string admin_line(const std::string& url) {
    return url.empty() ? url : fmt::format("  {0}/healthz {0}/readyz {0}/metrics\n\n", url);
}

void warn_of_local_mode(const Config& config, telemetry::Logger& log) {
    if (config.local) {
        log.warn("local_mode", {{"meaning",
                                 "everybody who reaches this server may do everything: "
                                 "the account is well known, tokens are not checked"}});
    }
}

/// Where it is no secret that the disk may not keep what the server promises.
void warn_of_file_system(const Config& config, telemetry::Logger& log) {
    const FileSystemKind kind = file_system_kind(std::filesystem::path(config.data));
    if (kind.keeping == Keeping::network) {
        log.warn("data_on_network_file_system",
                 {{"kind", kind.name},
                  {"meaning",
                   "what survives a crash depends on another machine's fsync and locks: "
                   "use a local disk"}});
    } else if (kind.keeping == Keeping::memory && !config.in_memory) {
        log.warn(
            "data_in_memory",
            {{"kind", kind.name}, {"meaning", "everything is gone when this machine starts anew"}});
    }
}

/// With what to do where that is not plain from the error itself.
std::unexpected<Error> cannot_start(const Config& config, const Error& why) {
    std::string text = "cannot start: ";
    if (why.code == Errc::disk_full) {
        text.append("the disk of ").append(config.data).append(" is full, free some space: ");
    } else if (why.code == Errc::read_only) {
        text.append("the disk of ")
            .append(config.data)
            .append(" is read-only, mount it for writing: ");
    }
    return fail(Errc::unavailable, text.append(why.log_detail));
}

Result<std::string> run_serve(const Invocation& given) {
    std::signal(SIGPIPE, SIG_IGN);
    const bool ends_with_terminal = depends_on_terminal();
    const sigset_t expected = expected_signals();
    ::pthread_sigmask(SIG_BLOCK, &expected, nullptr);
    const std::uint64_t descriptors = raise_descriptor_limit();

    std::optional<MemoryDirectory> memory;  // outlives the server
    BERTH_TRY(Config config, settle(given.loaded.config, memory));
    telemetry::Logger log(config.log.format, config.log.level);
    fit_connections(config, descriptors, log);
    warn_of_local_mode(config, log);
    auto server = Server::open(config, log);
    if (!server) {
        return cannot_start(config, server.error());
    }
    warn_of_file_system(config, log);
    (*server)->start();
    const Result<void> finished = (*server)->finish_start();
    if (!finished) {
        (void)(*server)->stop({});
        return cannot_start(config, finished.error());
    }
    fmt::print("{}{}",
               config.local ? local_banner(config, (*server)->urls())
                            : banner(config, (*server)->urls(), (*server)->first_password()),
               admin_line((*server)->admin_url()));
    std::fflush(stdout);

    int signal = 0;
    for (::sigwait(&expected, &signal); signal == SIGHUP; ::sigwait(&expected, &signal)) {
        if (ends_with_terminal && !has_terminal()) {
            break;
        }
        (*server)->reload();
    }
    log.info("draining", {{"signal", signal}});
    const bool clean = (*server)->stop(is_hurried);
    log.info("stopped", {{"cut_connections", !clean}});
    return std::string();
}

}  // namespace

std::vector<Command> serve_commands() {
    return {Command("serve", "Run the registry", Command::Takes::settings, {}, run_serve)};
}

}  // namespace berth::app
