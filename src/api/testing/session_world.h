// SPDX-License-Identifier: Apache-2.0
//
// For session_fuzz.cc: the pipeline over real services, a catalog and a store in memory, made anew
// for every input, and what must be true of them between two requests.
#pragma once

#include "api/pipeline.h"
#include "base/assert.h"
#include "blob/fs/fs_blob_store.h"
#include "db/sqlite_database.h"
#include "http/testing/fake_body.h"
#include "io/testing/run_task.h"
#include "io/testing/temporary_directory.h"
#include "meta/schema.h"
#include "oci/hasher.h"

#include <cstdlib>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace berth::api {

struct FuzzRequest {
    FuzzRequest(http::Method how, std::string what) : method(how), target(std::move(what)) {}

    http::Method method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string content;
    bool breaks_off = false;  // in the middle of its body
};

struct FuzzAnswer {
    FuzzAnswer() = default;

    int status = 0;
    std::string body;
    std::string location;
};

class SessionWorld {
  public:
    /// With a bin, from which what is deleted can be restored, or without.
    explicit SessionWorld(bool keeps_deleted)
        : keep_ticks_(keeps_deleted ? 3600 * kTicksPerSecond : 0) {}

    /// Where tests make their directories.
    static void stay_in_memory() { ::setenv("TMPDIR", "/dev/shm", 1); }

    FuzzAnswer ask(const FuzzRequest& request) {
        http::RequestHead head;
        head.method = request.method;
        head.target = request.target;
        for (const auto& [name, value] : request.headers) {
            head.headers.push_back({name, value});
        }
        head.headers.push_back({"Host", "registry.test"});
        head.content_length = request.content.size();
        const std::size_t half = request.content.size() / 2;
        std::vector<std::string> pieces;
        if (!request.content.empty()) {
            pieces.push_back(request.content.substr(0, half + 1));
            if (!request.breaks_off && half + 1 < request.content.size()) {
                pieces.push_back(request.content.substr(half + 1));
            }
        }
        http::FakeBody body(std::move(pieces), request.content.size());
        if (request.breaks_off) {
            body.failure = Errc::cancelled;
        }
        http::Exchange exchange(head, body, "192.0.2.1", false);
        http::Response response = io::run_task(pipeline_.handle(exchange));
        BERTH_CHECK(response.status >= 200 && response.status < 500);
        FuzzAnswer answer;
        answer.status = response.status;
        answer.body = text_of(response);
        http::for_each_header(response, [&](std::string_view name, std::string_view value) {
            if (http::equal_ignoring_case(name, "Location")) {
                answer.location = value;
            }
        });
        return answer;
    }

    /// A client took the blob out itself: its manifests may name what is not there. `linked`: it
    /// came back.
    void note_blob(const std::string& repository, const std::string& digest, bool linked) {
        if (linked) {
            removed_.erase({repository, digest});
        } else {
            removed_.insert({repository, digest});
        }
    }

    /// The counters are right, tags name manifests, and the blobs of every manifest are there, as
    /// they were pushed.
    void check() {
        const db::Work work = [this](db::Session& session) {
            check_counters(session);
            check_references(session);
        };
        BERTH_CHECK(database_->read_now(work));
        for (const auto& [repository, digest] : wanted_) {
            const auto name = oci::Repository::parse(repository);
            const auto opened = io::run_task(blobs_.open(*name, *oci::Digest::parse(digest)));
            if (!opened && opened.error().code == Errc::disallowed) {
                continue;  // locked for reading
            }
            BERTH_CHECK(opened.has_value());
            BERTH_CHECK(
                oci::digest_of(oci::Algorithm::sha256, as_bytes(content_of(*opened))).text() ==
                digest);
        }
    }

  private:
    static std::string text_of(const http::Response& response) {
        const auto* text = std::get_if<std::string>(&response.body);
        if (text != nullptr) {
            return *text;
        }
        std::string joined;
        if (const auto* file = std::get_if<http::FileBody>(&response.body)) {
            for (const http::FileBody::Piece& piece : file->pieces) {
                joined += piece.before;
                joined += read_file(file->file, piece.offset, piece.length);
            }
            joined += file->after;
        }
        return joined;
    }

    static std::string read_file(const io::FileHandle& file, std::uint64_t offset,
                                 std::uint64_t length) {
        std::string bytes(static_cast<std::size_t>(length), '\0');
        BERTH_CHECK(io::read_exactly(file, std::as_writable_bytes(std::span(bytes)), offset));
        return bytes;
    }

    static std::string content_of(const registry::BlobContent& blob) {
        if (const auto* small = std::get_if<std::string>(&blob.bytes)) {
            return *small;
        }
        return read_file(std::get<io::FileHandle>(blob.bytes), 0, blob.size);
    }

    static void check_counters(db::Session& session) {
        constexpr db::Sql kWrong(
            "SELECT count(*) FROM repositories r WHERE r.detached_at IS NULL AND ("
            "r.manifest_count <> (SELECT count(*) FROM manifests m WHERE m.repository_id = r.id)"
            " OR r.tag_count <> (SELECT count(*) FROM tags t WHERE t.repository_id = r.id))");
        BERTH_CHECK(number(session, kWrong) == 0);
        constexpr db::Sql kLost(
            "SELECT count(*) FROM tags t WHERE NOT EXISTS (SELECT 1 FROM manifests m WHERE"
            " m.repository_id = t.repository_id AND m.digest = t.digest)");
        BERTH_CHECK(number(session, kLost) == 0);
        constexpr db::Sql kTwice(
            "SELECT count(*) FROM deleted_manifests d JOIN repositories r ON r.name = d.repository"
            " JOIN manifests m ON m.repository_id = r.id AND m.digest = d.digest");
        BERTH_CHECK(number(session, kTwice) == 0);
    }

    static std::int64_t number(db::Session& session, const db::Sql& sql) {
        std::int64_t found = -1;
        BERTH_CHECK(session.query(sql, {}, [&found](const db::Row& row) {
            found = row.integer(0);
            return false;
        }));
        return found;
    }

    /// Fills wanted_.
    void check_references(db::Session& session) {
        constexpr db::Sql kReferences(
            "SELECT r.name, e.digest, (SELECT count(*) FROM blob_links l JOIN blobs b"
            " ON b.id = l.blob_id WHERE l.repository_id = e.repository_id AND b.digest = e.digest"
            " AND b.state = 0) FROM manifest_references e"
            " JOIN repositories r ON r.id = e.repository_id"
            " WHERE e.role <> 3 AND r.detached_at IS NULL");
        wanted_.clear();
        BERTH_CHECK(session.query(kReferences, {}, [this](const db::Row& row) {
            const auto digest = oci::Digest::from_stored(row.bytes(1));
            BERTH_CHECK(digest.has_value());
            const std::pair<std::string, std::string> item(row.text(0), digest->text());
            BERTH_CHECK(row.integer(2) == 1 || removed_.contains(item));
            if (row.integer(2) == 1) {
                wanted_.insert(item);
            }
            return true;
        }));
    }

    static Limits limits_of_world() {
        Limits limits;
        limits.inline_blob_bytes_max = 64;  // so that there are both kinds
        limits.uploads_per_account_max = 6;
        limits.page_default = 2;
        limits.page_max = 3;
        return limits;
    }

    registry::ManifestPolicy manifest_policy() const {
        registry::ManifestPolicy policy;
        policy.keep_ticks = keep_ticks_;
        return policy;
    }

    const std::int64_t keep_ticks_;
    io::TemporaryDirectory directory_;
    const Limits limits_ = limits_of_world();
    std::unique_ptr<io::FileSystem> files_ = io::real_file_system();
    io::BlockingPool pool_{1, 64};
    std::unique_ptr<db::SqliteDatabase> database_ =
        db::SqliteDatabase::open(directory_.path() / "catalog.db", meta::migrations()).value();
    std::unique_ptr<blob::BlobStore> store_ =
        blob::open_fs_blob_store(directory_.path(), *files_, pool_).value();
    registry::BlobService blobs_{*database_, *store_};
    registry::UploadService uploads_{*database_, *store_, limits_};
    registry::ManifestService manifests_{*database_, *store_, manifest_policy()};
    registry::ListingService listings_{*database_};
    registry::MetadataService metadata_{*database_, keep_ticks_};
    registry::DeletedService deleted_{*database_, keep_ticks_, false};
    auth::KeyRing keys_{*database_, pool_};
    auth::Directory accounts_{*database_};
    auth::SignInThrottle throttle_{limits_};
    auth::Authenticator authenticator_{
        auth::Authenticator::Parts{accounts_, pool_, keys_, throttle_}};
    auth::TokenIssuer token_issuer_{keys_, pool_};
    auth::Policy policy_{auth::AnonymousRights(auth::AnonymousAccess::write)};
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error};
    Pipeline pipeline_{
        Pipeline::Parts{Services{blobs_, uploads_, manifests_, listings_, metadata_, deleted_},
                        SignIn{authenticator_, token_issuer_}, policy_, limits_, log_, nullptr}};

    std::set<std::pair<std::string, std::string>> removed_;
    std::set<std::pair<std::string, std::string>> wanted_;
};

}  // namespace berth::api
