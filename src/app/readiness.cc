// SPDX-License-Identifier: Apache-2.0
#include "app/readiness.h"

#include "base/encode.h"
#include "meta/probe.h"

#include <algorithm>

namespace berth::app {

namespace {

Check check_write(std::string_view name, const std::optional<Errc>& fault) {
    Check check{.name = name};
    if (fault) {
        check.reason = berth::name_of(*fault);
        check.message = "Pushes fail, pulls go on. The log says more (store_degraded).";
    }
    return check;
}

Check check_disk(const StoreHealth::Disk& disk) {
    Check check{.name = "disk_space"};
    if (disk.total_bytes > 0 && disk.free_bytes < StoreHealth::kProbeBytes) {
        check.reason = "disk_full";
        check.message = "Less than 1 MiB is free on the data's file system.";
    }
    return check;
}

}  // namespace

std::vector<Check> Readiness::checks(std::int64_t now) const {
    const StoreHealth::Snapshot health = parts_.health.snapshot();
    Check accepting{.name = "accepting"};
    if (draining()) {
        accepting.reason = "draining";
        accepting.message = "The server was told to stop and finishes what it has begun.";
    }
    std::vector<Check> all;
    all.reserve(6);
    all.push_back(std::move(accepting));
    all.push_back(check_catalog_read());
    all.push_back(check_write("catalog_writable", health.catalog));
    all.push_back(check_write("store_writable", health.objects));
    all.push_back(check_disk(health.disk));
    if (parts_.tls != nullptr) {
        all.push_back(check_certificate(now));
    }
    return all;
}

Check Readiness::check_catalog_read() const {
    Check check{.name = "catalog_readable"};
    Result<void> outcome;
    const db::Work work = [&outcome](db::Session& session) { outcome = meta::probe_read(session); };
    const Result<void> ran = parts_.database.read_now(work);
    const Result<void>& worse = ran ? outcome : ran;
    if (!worse) {
        check.reason = berth::name_of(worse.error().code);
        check.message = worse.error().log_detail;
    }
    return check;
}

Check Readiness::check_certificate(std::int64_t now) const {
    Check check{.name = "certificate"};
    if (parts_.tls->current()->certificate().not_after <= now) {
        check.reason = "expired";
        check.message = "Clients refuse the certificate: put a new one in its place.";
    }
    return check;
}

bool all_passed(const std::vector<Check>& checks) {
    return std::ranges::all_of(checks, &Check::passed);
}

std::string checks_json(const std::vector<Check>& checks) {
    std::string text = R"({"ready":)";
    text += all_passed(checks) ? "true" : "false";
    text += R"(,"checks":[)";
    for (const Check& check : checks) {
        text += text.back() == '[' ? "" : ",";
        text += R"({"name":)";
        append_json_quoted(text, check.name);
        text += check.passed() ? R"(,"ok":true)" : R"(,"ok":false,"reason":)";
        if (!check.passed()) {
            append_json_quoted(text, check.reason);
            text += R"(,"message":)";
            append_json_quoted(text, check.message);
        }
        text += '}';
    }
    text += "]}\n";
    return text;
}

}  // namespace berth::app
