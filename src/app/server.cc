// SPDX-License-Identifier: Apache-2.0
#include "app/server.h"

#include "api/pipeline.h"
#include "app/admin_listener.h"
#include "app/audit_target.h"
#include "app/certificate_watch.h"
#include "app/collecting.h"
#include "app/data_lock.h"
#include "app/first_account.h"
#include "app/housekeeping.h"
#include "app/issuer_documents.h"
#include "app/kept_settings.h"
#include "app/listener_url.h"
#include "app/local_hosts.h"
#include "app/local_mode.h"
#include "app/metrics_page.h"
#include "app/readiness.h"
#include "app/scrubbing.h"
#include "app/store_health.h"
#include "app/tls_port.h"
#include "app/upkeep_retention.h"
#include "auth/admin_account.h"
#include "auth/authenticator.h"
#include "auth/directory.h"
#include "auth/key_ring.h"
#include "auth/oidc/federation.h"
#include "auth/sign_in_throttle.h"
#include "auth/token_issuer.h"
#include "base/try.h"
#include "blob/fs/fs_blob_store.h"
#include "db/sqlite_database.h"
#include "http/h1_connection.h"
#include "io/listener.h"
#include "io/measured_file_system.h"
#include "io/spawn.h"
#include "io/tcp_stream.h"
#include "io/tls_keeper.h"
#include "meta/schema.h"
#include "registry/deleted_service.h"
#include "registry/garbage_collector.h"
#include "registry/listing_service.h"
#include "registry/manifest_service.h"
#include "registry/metadata_service.h"
#include "registry/retention_service.h"
#include "registry/scrub_service.h"
#include "registry/upload_service.h"

#include <thread>
#include <vector>

namespace berth::app {

namespace {

std::size_t io_thread_count(const Config& config) {
    if (config.server.io_threads > 0) {
        return config.server.io_threads;
    }
    return std::max(1U, std::thread::hardware_concurrency());
}

/// What must be open before anything can be built on it.
struct Foundations {
    io::FileHandle lock;
    std::unique_ptr<db::SqliteDatabase> database;
    std::optional<std::string> first_password;
};

io::TlsFiles tls_files_of(const Config& config) {
    io::TlsFiles files;
    files.certificate = config.tls.cert;
    files.key = config.tls.key;
    files.client_certificates = config.tls.client_certificates;
    files.client_ca = config.tls.client_ca;
    files.http2 = config.server.http2;
    return files;
}

Result<Foundations> lay_foundations(const Config& config) {
    const std::filesystem::path data(config.data);
    Foundations foundations;
    BERTH_TRY(foundations.lock, lock_data_directory(data));
    BERTH_TRY(foundations.database,
              db::SqliteDatabase::open(data / "catalog.db", meta::migrations(),
                                       {.write_queue_max = config.limits.write_queue_max}));
    // Local mode has an account.
    if (!(config.local && config.in_memory)) {
        BERTH_TRY(foundations.first_password,
                  auth::prepare_admin(*foundations.database, data / "admin-password"));
    }
    return foundations;
}

}  // namespace

// Declared in the order of construction: the runtime goes last, after everything that posts to it.
struct Server::Parts {
    Parts(const Config& settings, telemetry::Logger& logger, Foundations foundations)
        : config(settings),
          log(logger),
          connection_limit(settings.limits.connections_max,
                           settings.limits.connections_per_address_max,
                           [this](const std::string& address) { return proxies.trusts(address); }),
          runtime(io_thread_count(settings)),
          admin_runtime(settings.admin.listen.empty() ? 0 : 1),
          pool(settings.server.blocking_threads, settings.limits.blocking_queue_max),
          lock(std::move(foundations.lock)),
          files(std::make_unique<io::MeasuredFileSystem>(io::real_file_system())),
          database(std::move(foundations.database)),
          first_password(std::move(foundations.first_password)) {}

    Result<void> open_store();
    Result<void> record_settings();
    void trust_issuers();
    Result<void> open_listeners();
    Result<void> open_listener(const std::string& address, bool secure);
    Result<void> open_admin();
    io::Task<void> serve(io::Loop& loop, boost::asio::ip::tcp::socket socket, bool secure);

    const Config& config;
    telemetry::Logger& log;
    http::TrustedProxies proxies;
    io::ConnectionLimit connection_limit;
    io::Runtime runtime;
    io::Runtime admin_runtime;  // of its own, so that it answers while the others drain
    io::BlockingPool pool;
    io::FileHandle lock;
    std::unique_ptr<io::MeasuredFileSystem> files;
    std::unique_ptr<db::SqliteDatabase> database;
    std::optional<std::string> first_password;
    std::unique_ptr<telemetry::AccessLog> access_log;
    std::unique_ptr<telemetry::AuditLog> audit_log;  // nullptr: off
    api::RequestMetrics request_metrics;
    PortMetrics port_metrics;
    std::unique_ptr<StoreHealth> health;
    std::unique_ptr<blob::BlobStore> blobs;
    std::unique_ptr<registry::BlobService> blob_service;
    std::unique_ptr<registry::UploadService> upload_service;
    std::unique_ptr<registry::ManifestService> manifest_service;
    std::unique_ptr<registry::ListingService> listing_service;
    std::unique_ptr<registry::MetadataService> metadata_service;
    std::unique_ptr<registry::DeletedService> deleted_service;
    std::unique_ptr<registry::RetentionService> retention_service;
    std::unique_ptr<registry::GarbageCollector> garbage;
    std::unique_ptr<registry::ScrubService> scrub_service;
    std::unique_ptr<auth::KeyRing> keys;
    std::unique_ptr<auth::Directory> directory;
    std::unique_ptr<auth::SignInThrottle> throttle;
    std::unique_ptr<IssuerDocuments> issuer_documents;
    std::unique_ptr<auth::Federation> federation;
    std::unique_ptr<auth::Authenticator> authenticator;
    std::unique_ptr<auth::TokenIssuer> token_issuer;
    std::unique_ptr<auth::Policy> policy;
    std::unique_ptr<api::Pipeline> pipeline;
    std::unique_ptr<LocalHosts> local_hosts;      // nullptr unless in local mode
    std::unique_ptr<FirstAccount> first_account;  // nullptr unless there is none yet
    http::Service* service = nullptr;             // what connections talk to: the last of these
    std::unique_ptr<io::TlsKeeper> tls;           // nullptr: nothing speaks https

    struct Port {
        std::unique_ptr<io::Listener> listener;
        bool secure;
    };

    std::vector<Port> ports;
    std::unique_ptr<Readiness> readiness;
    std::unique_ptr<AdminListener> admin;  // nullptr unless admin.listen says where
};

Result<void> Server::Parts::open_store() {
    health = std::make_unique<StoreHealth>(
        StoreHealth::Parts{*database, *files, pool, log, config.data});
    BERTH_TRY(blobs, blob::open_fs_blob_store(config.data, *files, pool));
    blob_service = std::make_unique<registry::BlobService>(
        *database, *blobs, config.limits.manifest_cache_bytes_max / 2, config.gc.grace / 2);
    upload_service = std::make_unique<registry::UploadService>(*database, *blobs, config.limits);
    registry::ManifestPolicy manifest_policy;
    manifest_policy.sparse_index = config.compatibility.sparse_index;
    manifest_policy.delete_by_tag = config.compatibility.delete_by_tag;
    manifest_policy.config_bytes_max = config.limits.config_bytes_max;
    const std::int64_t keep_ticks = config.soft_delete.days * meta::kTicksPerDay;
    BERTH_TRY_VOID(record_settings());
    manifest_policy.keep_ticks = keep_ticks;
    manifest_policy.bounds = {.descriptors_max = config.limits.manifest_descriptors_max,
                              .annotations_max = config.limits.manifest_annotations_max,
                              .depth_max = config.limits.manifest_depth_max};
    manifest_policy.cache_bytes_max = config.limits.manifest_cache_bytes_max / 2;
    manifest_service =
        std::make_unique<registry::ManifestService>(*database, *blobs, manifest_policy);
    listing_service = std::make_unique<registry::ListingService>(*database);
    metadata_service = std::make_unique<registry::MetadataService>(*database, keep_ticks);
    deleted_service = std::make_unique<registry::DeletedService>(*database, keep_ticks,
                                                                 config.compatibility.sparse_index);
    garbage =
        std::make_unique<registry::GarbageCollector>(*database, *blobs, garbage_policy_of(config));
    scrub_service = std::make_unique<registry::ScrubService>(*database, *blobs, pool, log);
    auth::TokenLifetimes lifetimes;
    lifetimes.access = config.tokens.access_lifetime.count();
    lifetimes.refresh = config.tokens.refresh_lifetime.count();
    keys = std::make_unique<auth::KeyRing>(*database, pool, lifetimes);
    directory = std::make_unique<auth::Directory>(*database);
    throttle = std::make_unique<auth::SignInThrottle>(config.limits);
    trust_issuers();
    authenticator = std::make_unique<auth::Authenticator>(
        auth::Authenticator::Parts{*directory, pool, *keys, *throttle, federation.get(),
                                   config.local ? std::optional(local_account()) : std::nullopt});
    token_issuer = std::make_unique<auth::TokenIssuer>(*keys, pool, lifetimes);
    auth::AnonymousRights anonymous(config.anonymous);
    BERTH_TRY(anonymous.patterns, auth::parse_patterns(config.anonymous_repositories));
    policy = std::make_unique<auth::Policy>(std::move(anonymous));
    if (config.log.access) {
        access_log = std::make_unique<telemetry::AccessLog>(config.log.format);
    }
    BERTH_TRY(audit_log, open_audit_log(config, log));
    registry::RetentionService::Settings retention;
    retention.lease = config.gc.grace.count() * kTicksPerSecond;
    retention.keep_ticks = keep_ticks;
    retention_service = std::make_unique<registry::RetentionService>(
        *database, retention, [this](const registry::RetentionFinding& finding) {
            audit_retention(audit_log.get(), finding);
        });
    BERTH_TRY(proxies, http::TrustedProxies::parse(config.server.trusted_proxies));
    pipeline = std::make_unique<api::Pipeline>(api::Pipeline::Parts{
        api::Services{*blob_service, *upload_service, *manifest_service, *listing_service,
                      *metadata_service, *deleted_service},
        api::SignIn{*authenticator, *token_issuer, federation.get()}, *policy, config.limits, log,
        access_log.get(), audit_log.get(), proxies, &request_metrics, health.get()});
    service = pipeline.get();
    if (config.local) {
        local_hosts = std::make_unique<LocalHosts>(config, *pipeline);
        service = local_hosts.get();
    }
    if (first_password) {
        first_account = std::make_unique<FirstAccount>(*service);
        service = first_account.get();
    }
    return {};
}

// Only when they are others than the last server's: a start writes nothing it need not.
Result<void> Server::Parts::record_settings() {
    const KeptSettings own = kept_settings_of(config);
    Result<void> recorded;
    BERTH_TRY_VOID(database->write_now([&own, &recorded](db::Session& session) {
        const KeptSettings none{.soft_delete_days = 0, .grace_seconds = -1};
        const Result<KeptSettings> last = find_kept_settings(session, none);
        if (last != own) {
            recorded = record_kept_settings(session, own, now());
        }
        return recorded.has_value();
    }));
    return recorded;
}

void Server::Parts::trust_issuers() {
    io::Loop& loop = runtime.loop(0);
    issuer_documents = std::make_unique<IssuerDocuments>(loop, pool);
    const auth::Spawn spawn = [&loop](io::Task<void> task) { io::spawn(loop, std::move(task)); };
    federation = std::make_unique<auth::Federation>(
        auth::Federation::Parts{*database, *issuer_documents, spawn, log, config.local});
}

Result<void> Server::Parts::open_listeners() {
    if (!config.tls.cert.empty()) {
        BERTH_TRY(tls, io::TlsKeeper::load(tls_files_of(config)));
    } else if (config.local) {
        BERTH_TRY(const io::TlsMaterial material, make_local_tls(config));
        BERTH_TRY(std::unique_ptr<io::TlsContext> context, io::TlsContext::make(material));
        tls = std::make_unique<io::TlsKeeper>(std::move(context));
    }
    BERTH_TRY_VOID(open_listener(config.listen, tls != nullptr));
    if (!config.listen_http.empty()) {
        BERTH_TRY_VOID(open_listener(config.listen_http, false));
    }
    return open_admin();
}

Result<void> Server::Parts::open_admin() {
    readiness = std::make_unique<Readiness>(Readiness::Parts{*health, *database, tls.get()});
    if (config.admin.listen.empty()) {
        return {};
    }
    AdminService::Metrics page = [this] {
        return metrics_page(MetricsSources{
            request_metrics, port_metrics, connection_limit, pool, *files, *database, *blob_service,
            *manifest_service, *garbage, *scrub_service, *retention_service, *deleted_service,
            *health, *readiness, tls.get(), access_log.get(), audit_log.get()});
    };
    BERTH_TRY(admin,
              AdminListener::open(AdminListener::Parts{admin_runtime, pool, config.limits, log},
                                  config.admin.listen,
                                  std::make_unique<AdminService>(*readiness, std::move(page))));
    return {};
}

Result<void> Server::Parts::open_listener(const std::string& address, bool secure) {
    io::Serve serve_one = [this, secure](io::Loop& loop, boost::asio::ip::tcp::socket socket) {
        return serve(loop, std::move(socket), secure);
    };
    auto opened = io::Listener::open(runtime, address, connection_limit, std::move(serve_one));
    if (!opened) {
        const std::string flag = address == config.listen ? "--listen" : "--listen-http";
        return fail(opened.error().code,
                    opened.error().log_detail + " (" + flag + " names another address)");
    }
    std::unique_ptr<io::Listener> listener = *std::move(opened);
    if (config.local && !config.local_anywhere && !listener->is_loopback()) {
        return fail(Errc::bad_request, "others can reach " + address + ", see --local-anywhere");
    }
    ports.push_back(Port{.listener = std::move(listener), .secure = secure});
    return {};
}

io::Task<void> Server::Parts::serve(io::Loop& loop, boost::asio::ip::tcp::socket socket,
                                    bool secure) {
    boost::system::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) {
        co_return;
    }
    http::Peer peer(remote.address().to_string(), secure);
    if (secure) {
        const TlsPort port{.service = *service,
                           .pool = pool,
                           .limits = config.limits,
                           .log = log,
                           .metrics = port_metrics};
        std::shared_ptr<const io::TlsContext> context = tls->current();
        co_await serve_tls(port, std::move(context), loop, std::move(socket), std::move(peer));
        co_return;
    }
    const telemetry::Presence present(port_metrics.plain);
    io::TcpStream stream(std::move(socket), pool);
    co_await http::serve_h1(loop, stream, std::move(peer), *service, config.limits);
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(const Config& config, telemetry::Logger& log) {
    BERTH_TRY(Foundations foundations, lay_foundations(config));
    auto parts = std::make_unique<Parts>(config, log, std::move(foundations));
    BERTH_TRY_VOID(parts->open_store());
    BERTH_TRY_VOID(parts->open_listeners());
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::start() {
    io::Loop& first = parts_->runtime.loop(0);
    io::spawn(first, keep_house(first, *parts_->upload_service, *parts_->metadata_service,
                                *parts_->keys, parts_->log));
    const RetentionWork retention{.pulls = parts_->manifest_service->pull_times(),
                                  .deleted = *parts_->deleted_service,
                                  .retention = *parts_->retention_service,
                                  .interval = parts_->config.retention.interval};
    io::spawn(first, keep_retention(first, retention, parts_->log));
    if (parts_->config.gc.enabled) {
        io::spawn(first, collect_garbage(first, *parts_->garbage, parts_->config.gc.interval,
                                         parts_->log));
    }
    if (parts_->config.scrub.interval.count() > 0 && !parts_->config.in_memory) {
        io::spawn(first,
                  keep_scrubbing(first, *parts_->scrub_service, parts_->config.scrub, parts_->log));
    }
    if (parts_->tls) {
        io::spawn(first, watch_certificate(first, parts_->pool, *parts_->tls, parts_->log));
    }
    io::spawn(first, parts_->health->watch(first));
    parts_->runtime.start();
    parts_->admin_runtime.start();
}

Result<void> Server::finish_start() {
    if (!parts_->first_account) {
        return {};
    }
    Result<void> made = auth::create_admin(*parts_->database, *parts_->first_password);
    parts_->first_account->settle();
    return made;
}

void Server::reload() {
    if (parts_->tls) {
        reload_certificate(*parts_->tls, parts_->log);
    }
    if (parts_->audit_log) {
        const Result<void> reopened = parts_->audit_log->reopen();
        if (!reopened) {
            parts_->log.failure(telemetry::Level::error, "audit_reopen_failed", reopened.error());
        }
    }
}

bool Server::stop(const std::function<bool()>& hurry) {
    parts_->readiness->begin_drain();
    for (const Parts::Port& port : parts_->ports) {
        port.listener->close();
    }
    const io::Runtime::Drained drained =
        parts_->runtime.drain(parts_->config.server.drain_timeout, hurry);
    parts_->runtime.stop();
    if (parts_->admin) {
        parts_->admin->close();
    }
    parts_->admin_runtime.stop();
    if (drained == io::Runtime::Drained::stuck) {
        // Coroutines still refer to the parts: taking them down would be worse than leaving. What
        // was acknowledged is durable already.
        parts_->log.error("shutdown_stuck");
        std::_Exit(1);
    }
    return drained == io::Runtime::Drained::all;
}

std::vector<std::string> Server::urls() const {
    std::vector<std::string> all;
    all.reserve(parts_->ports.size());
    for (const Parts::Port& port : parts_->ports) {
        all.push_back(url_of(*port.listener, port.secure));
    }
    return all;
}

std::string Server::admin_url() const {
    return parts_->admin ? parts_->admin->url() : "";
}

const std::optional<std::string>& Server::first_password() const {
    return parts_->first_password;
}

}  // namespace berth::app
