// SPDX-License-Identifier: Apache-2.0
//
// For this folder's tests: the pipeline over real services and a SQLite catalog in a directory of
// its own. `ask()` sends one request through it, without a socket.
#pragma once

#include "api/pipeline.h"
#include "auth/password.h"
#include "base/random.h"
#include "blob/fs/fs_blob_store.h"
#include "db/sqlite_database.h"
#include "http/testing/fake_body.h"
#include "io/testing/run_task.h"
#include "io/testing/temporary_directory.h"
#include "meta/accounts.h"
#include "meta/schema.h"
#include "oci/hasher.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace berth::api {

/// The text of a body: a string's, or a file's with the pieces around it.
inline std::string body_of(const http::Response& response) {
    if (const auto* text = std::get_if<std::string>(&response.body)) {
        return *text;
    }
    std::string text;
    if (const auto* file = std::get_if<http::FileBody>(&response.body)) {
        for (const http::FileBody::Piece& piece : file->pieces) {
            std::string bytes(static_cast<std::size_t>(piece.length), '\0');
            EXPECT_TRUE(io::read_exactly(file->file, std::as_writable_bytes(std::span(bytes)),
                                         piece.offset));
            text += piece.before + bytes;
        }
        text += file->after;
    }
    return text;
}

/// All values of `name`, joined by " | "; "" when absent.
inline std::string header_of(const http::Response& response, std::string_view name) {
    std::string joined;
    http::for_each_header(response, [&](std::string_view sent, std::string_view value) {
        if (http::equal_ignoring_case(sent, name)) {
            joined.append(joined.empty() ? "" : " | ").append(value);
        }
    });
    return joined;
}

struct Ask {
    Ask(http::Method how, std::string what) : method(how), target(std::move(what)) {}

    Ask& with(std::string name, std::string value) {
        headers.emplace_back(std::move(name), std::move(value));
        return *this;
    }

    Ask& body(std::string text) {
        content = std::move(text);
        return *this;
    }

    http::Method method;
    std::string target;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string content;
};

class ApiFixture : public testing::Test {
  protected:
    /// `keep_ticks`: for how long what is deleted can be restored.
    explicit ApiFixture(auth::AnonymousAccess anonymous = auth::AnonymousAccess::write,
                        std::int64_t keep_ticks = 0)
        : keep_ticks_(keep_ticks), policy_(auth::AnonymousRights(anonymous)) {}

    registry::ManifestPolicy manifest_policy() const {
        registry::ManifestPolicy policy;
        policy.keep_ticks = keep_ticks_;
        return policy;
    }

    /// Name and password for "Basic YWxpY2U6b3Blbg==".
    void add_alice() {
        meta::AccountRow row;
        row.name = "alice";
        row.passwords.front().emplace().hash = auth::hash_password("open").value();
        add_account(row);
    }

    void add_account(const meta::AccountRow& row) {
        const db::TransactionalWork work = [&row](db::Session& session) {
            return meta::create_account(session, row, now()).has_value();
        };
        ASSERT_TRUE(database_->write_now(work));
    }

    http::Response ask(const Ask& request) {
        http::RequestHead head;
        head.method = request.method;
        head.target = request.target;
        for (const auto& [name, value] : request.headers) {
            head.headers.push_back({name, value});
        }
        // The first one counts: a test may bring its own.
        head.headers.push_back({"Host", "registry.test"});
        head.content_length = request.content.size();
        std::vector<std::string> pieces;
        if (!request.content.empty()) {
            pieces.push_back(request.content);
        }
        http::FakeBody body(std::move(pieces), request.content.size());
        http::Exchange exchange(head, body, peer_, false);
        http::Response response = io::run_task(asked_->handle(exchange));
        body_reads_ = body.reads;
        operation_ = exchange.operation;
        principal_ = exchange.principal;
        return response;
    }

    http::Response get(const std::string& target) { return ask(Ask(http::Method::get, target)); }

    int status_of(http::Method method, const std::string& target) {
        return ask(Ask(method, target)).status;
    }

    /// Pushes `content` into `repository` in one request; answers its digest.
    std::string push_blob(const std::string& repository, const std::string& content) {
        const std::string digest = oci::digest_of(oci::Algorithm::sha256, as_bytes(content)).text();
        const http::Response response =
            ask(Ask(http::Method::post, "/v2/" + repository + "/blobs/uploads/?digest=" + digest)
                    .body(content));
        EXPECT_EQ(response.status, 201) << body_of(response);
        return digest;
    }

    const std::int64_t keep_ticks_;
    io::TemporaryDirectory directory_;
    Limits limits_;
    std::unique_ptr<io::FileSystem> files_ = io::real_file_system();
    io::BlockingPool pool_{2, 64};
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
    Services services_{blobs_, uploads_, manifests_, listings_, metadata_, deleted_};
    auth::KeyRing keys_{*database_, pool_};
    auth::Directory accounts_{*database_};
    auth::SignInThrottle throttle_{limits_};
    auth::Authenticator authenticator_{
        auth::Authenticator::Parts{accounts_, pool_, keys_, throttle_}};
    auth::TokenIssuer token_issuer_{keys_, pool_};
    auth::Policy policy_;
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error};
    Pipeline pipeline_{Pipeline::Parts{services_, SignIn{authenticator_, token_issuer_}, policy_,
                                       limits_, log_, nullptr}};

    // What ask() sends to, and from where.
    Pipeline* asked_ = &pipeline_;
    std::string peer_ = "192.0.2.1";

    // Of the last request.
    int body_reads_ = 0;
    std::string operation_;
    std::string principal_;
};

}  // namespace berth::api
