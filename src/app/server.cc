// SPDX-License-Identifier: Apache-2.0
#include "app/server.h"

#include "api/pipeline.h"
#include "app/data_lock.h"
#include "app/housekeeping.h"
#include "auth/admin_account.h"
#include "auth/authenticator.h"
#include "auth/key_ring.h"
#include "auth/token_issuer.h"
#include "base/try.h"
#include "blob/fs/fs_blob_store.h"
#include "db/sqlite_database.h"
#include "http/h1_connection.h"
#include "io/listener.h"
#include "io/spawn.h"
#include "io/tcp_stream.h"
#include "io/tls_stream.h"
#include "meta/schema.h"
#include "registry/listing_service.h"
#include "registry/manifest_service.h"
#include "registry/metadata_service.h"
#include "registry/upload_service.h"

#include <thread>

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

Result<Foundations> lay_foundations(const Config& config) {
    const std::filesystem::path data(config.data);
    Foundations foundations;
    BERTH_TRY(foundations.lock, lock_data_directory(data));
    BERTH_TRY(foundations.database,
              db::SqliteDatabase::open(data / "catalog.db", meta::migrations()));
    BERTH_TRY(foundations.first_password,
              auth::ensure_admin(*foundations.database, data / "admin-password"));
    return foundations;
}

/// Closes a connection that does not get through its TLS handshake in time.
class HandshakeWatch final : public io::Watch {
  public:
    HandshakeWatch(io::Loop& loop, io::Stream& stream) : Watch(loop), stream_(stream) {}

    void drain() override { stream_.close(); }

    void expire() override { stream_.close(); }

  private:
    io::Stream& stream_;
};

}  // namespace

// Declared in the order of construction: the runtime goes last, after everything that posts to it.
struct Server::Parts {
    Parts(const Config& settings, telemetry::Logger& logger, Foundations foundations)
        : config(settings),
          log(logger),
          runtime(io_thread_count(settings)),
          pool(settings.server.blocking_threads, settings.limits.blocking_queue_max),
          lock(std::move(foundations.lock)),
          files(io::real_file_system()),
          database(std::move(foundations.database)),
          first_password(std::move(foundations.first_password)) {}

    Result<void> open_store();
    Result<void> open_listener();
    io::Task<void> serve(io::Loop& loop, boost::asio::ip::tcp::socket socket);
    io::Task<void> serve_tls(io::Loop& loop, boost::asio::ip::tcp::socket socket, http::Peer peer);

    const Config& config;
    telemetry::Logger& log;
    io::Runtime runtime;
    io::BlockingPool pool;
    io::FileHandle lock;
    std::unique_ptr<io::FileSystem> files;
    std::unique_ptr<db::SqliteDatabase> database;
    std::optional<std::string> first_password;
    std::unique_ptr<telemetry::AccessLog> access_log;
    std::unique_ptr<blob::BlobStore> blobs;
    std::unique_ptr<registry::BlobService> blob_service;
    std::unique_ptr<registry::UploadService> upload_service;
    std::unique_ptr<registry::ManifestService> manifest_service;
    std::unique_ptr<registry::ListingService> listing_service;
    std::unique_ptr<registry::MetadataService> metadata_service;
    std::unique_ptr<auth::KeyRing> keys;
    std::unique_ptr<auth::Authenticator> authenticator;
    std::unique_ptr<auth::TokenIssuer> token_issuer;
    std::unique_ptr<auth::Policy> policy;
    std::unique_ptr<api::Pipeline> pipeline;
    std::unique_ptr<io::TlsContext> tls;
    std::unique_ptr<io::Listener> listener;
};

Result<void> Server::Parts::open_store() {
    BERTH_TRY(blobs, blob::open_fs_blob_store(config.data, *files, pool));
    blob_service = std::make_unique<registry::BlobService>(*database, *blobs);
    upload_service = std::make_unique<registry::UploadService>(*database, *blobs, config.limits);
    registry::ManifestPolicy manifest_policy;
    manifest_policy.sparse_index = config.compatibility.sparse_index;
    manifest_policy.delete_by_tag = config.compatibility.delete_by_tag;
    manifest_policy.config_bytes_max = config.limits.config_bytes_max;
    manifest_service =
        std::make_unique<registry::ManifestService>(*database, *blobs, manifest_policy);
    listing_service = std::make_unique<registry::ListingService>(*database);
    metadata_service = std::make_unique<registry::MetadataService>(*database);
    keys = std::make_unique<auth::KeyRing>(*database, pool);
    authenticator = std::make_unique<auth::Authenticator>(*database, pool, *keys);
    token_issuer = std::make_unique<auth::TokenIssuer>(*keys, pool);
    policy = std::make_unique<auth::Policy>(config.anonymous);
    if (config.log.access) {
        access_log = std::make_unique<telemetry::AccessLog>(config.log.format);
    }
    pipeline = std::make_unique<api::Pipeline>(api::Pipeline::Parts{
        api::Services{*blob_service, *upload_service, *manifest_service, *listing_service,
                      *metadata_service},
        api::SignIn{*authenticator, *token_issuer}, *policy, config.limits, log, access_log.get()});
    return {};
}

Result<void> Server::Parts::open_listener() {
    if (!config.tls.cert.empty()) {
        BERTH_TRY(tls, io::TlsContext::load(config.tls.cert, config.tls.key));
    }
    io::Serve serve_one = [this](io::Loop& loop, boost::asio::ip::tcp::socket socket) {
        return serve(loop, std::move(socket));
    };
    BERTH_TRY(listener, io::Listener::open(runtime, config.listen, config.limits.connections_max,
                                           std::move(serve_one)));
    return {};
}

io::Task<void> Server::Parts::serve(io::Loop& loop, boost::asio::ip::tcp::socket socket) {
    boost::system::error_code gone;
    const auto remote = socket.remote_endpoint(gone);
    if (gone) {
        co_return;
    }
    http::Peer peer(remote.address().to_string(), tls != nullptr);
    if (tls) {
        co_await serve_tls(loop, std::move(socket), std::move(peer));
        co_return;
    }
    io::TcpStream stream(std::move(socket), pool);
    co_await http::serve_h1(loop, stream, std::move(peer), *pipeline, config.limits);
}

io::Task<void> Server::Parts::serve_tls(io::Loop& loop, boost::asio::ip::tcp::socket socket,
                                        http::Peer peer) {
    io::TlsStream stream(std::move(socket), *tls, pool);
    Result<void> secured;
    {
        HandshakeWatch watch(loop, stream);
        watch.set_deadline(config.limits.header_timeout);
        secured = co_await stream.handshake();
    }
    if (!secured) {
        log.failure(telemetry::Level::debug, "tls_handshake_failed", secured.error(),
                    {{"remote_address", peer.address}});
        stream.close();
        co_return;
    }
    co_await http::serve_h1(loop, stream, std::move(peer), *pipeline, config.limits);
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() = default;

Result<std::unique_ptr<Server>> Server::open(const Config& config, telemetry::Logger& log) {
    BERTH_TRY(Foundations foundations, lay_foundations(config));
    auto parts = std::make_unique<Parts>(config, log, std::move(foundations));
    BERTH_TRY_VOID(parts->open_store());
    BERTH_TRY_VOID(parts->open_listener());
    return std::unique_ptr<Server>(new Server(std::move(parts)));
}

void Server::start() {
    io::Loop& first = parts_->runtime.loop(0);
    io::spawn(first,
              keep_house(first, *parts_->upload_service, *parts_->metadata_service, parts_->log));
    parts_->runtime.start();
}

bool Server::stop() {
    parts_->listener->close();
    const io::Runtime::Drained drained = parts_->runtime.drain(parts_->config.server.drain_timeout);
    parts_->runtime.stop();
    if (drained == io::Runtime::Drained::stuck) {
        // Coroutines still refer to the parts: taking them down would be worse than leaving. What
        // was acknowledged is durable already.
        parts_->log.error("shutdown_stuck");
        std::_Exit(1);
    }
    return drained == io::Runtime::Drained::all;
}

std::string Server::url() const {
    const std::string& host = parts_->listener->host();
    const bool is_v6 = host.find(':') != std::string::npos;
    return std::string(parts_->tls ? "https://" : "http://") + (is_v6 ? "[" + host + "]" : host) +
           ":" + std::to_string(parts_->listener->port());
}

const std::optional<std::string>& Server::first_password() const {
    return parts_->first_password;
}

}  // namespace berth::app
