// SPDX-License-Identifier: Apache-2.0
//
// For the tests of meta/: a catalog of one's own, and short ways to say digest, name and manifest.
#pragma once

#include "base/bytes.h"
#include "db/sqlite_database.h"
#include "io/testing/temporary_directory.h"
#include "meta/manifests.h"
#include "meta/repositories.h"
#include "meta/schema.h"
#include "meta/tags.h"

#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace berth::meta::testing {

/// Digests order as their numbers do.
inline oci::Digest digest(std::uint32_t number, oci::Algorithm algorithm = oci::Algorithm::sha256) {
    std::array<std::byte, 64> hash{};
    for (std::size_t i = 0; i < 4; ++i) {
        hash.at(i) = static_cast<std::byte>(number >> (24 - 8 * i));
    }
    return oci::Digest::of(algorithm, ByteView(hash).first(oci::hash_size(algorithm)));
}

inline oci::Repository repository(std::string_view name) {
    return *oci::Repository::parse(name);
}

inline oci::Tag tag(std::string_view name) {
    return *oci::Tag::parse(name);
}

inline oci::Descriptor descriptor(oci::ReferenceRole role, const oci::Digest& name,
                                  std::uint64_t size) {
    return oci::Descriptor{role, "application/x", name, size, std::nullopt, false};
}

inline oci::Manifest image() {
    oci::Manifest manifest;
    manifest.kind = oci::ManifestKind::oci_image;
    manifest.media_type = oci::kOciManifest;
    manifest.artifact_type = "application/x-config";
    manifest.config_media_type = "application/x-config";
    return manifest;
}

inline oci::Manifest index() {
    oci::Manifest manifest;
    manifest.kind = oci::ManifestKind::oci_index;
    manifest.media_type = oci::kOciIndex;
    return manifest;
}

class CatalogTest : public ::testing::Test {
  protected:
    CatalogTest() {
        auto opened =
            db::SqliteDatabase::open(directory_.path() / "catalog.db", meta::migrations());
        EXPECT_TRUE(opened) << opened.error().log_detail;
        database_ = *std::move(opened);
    }

    /// Runs `work` in a committed write transaction.
    void write(const std::function<void(db::Session&)>& work) {
        const Result<void> ran = database_->write_now([&work](db::Session& session) {
            work(session);
            return true;
        });
        ASSERT_TRUE(ran) << ran.error().log_detail;
    }

    /// Puts a manifest whose bytes are `size` spaces.
    static void put(db::Session& session, RepositoryId id, const oci::Digest& name,
                    const oci::Manifest& manifest, std::int64_t ticks = 1, std::size_t size = 10) {
        const std::string bytes(size, ' ');
        const auto done =
            put_manifest(session, id, name, manifest, as_bytes(bytes), Timestamp{ticks});
        ASSERT_TRUE(done) << done.error().log_detail;
    }

    static void label(db::Session& session, RepositoryId id, std::string_view name,
                      const oci::Digest& manifest, std::int64_t ticks = 1) {
        const auto done = put_tag(session, id, tag(name), manifest, Timestamp{ticks});
        ASSERT_TRUE(done) << done.error().log_detail;
    }

    static RepositoryId ensure(db::Session& session, std::string_view name) {
        const auto id = ensure_repository(session, repository(name), Timestamp{1});
        EXPECT_TRUE(id) << id.error().log_detail;
        return id.value_or(0);
    }

    /// First column of the only row.
    static std::int64_t number(db::Session& session, const db::Sql& sql,
                               std::initializer_list<db::Value> parameters = {}) {
        std::int64_t found = -1;
        const auto ran = session.query(sql, parameters, [&found](const db::Row& row) {
            found = row.integer(0);
            return false;
        });
        EXPECT_TRUE(ran) << ran.error().log_detail;
        return found;
    }

    /// Repositories whose counters differ from what they count.
    static std::int64_t miscounted(db::Session& session) {
        static constexpr db::Sql kMiscounted(
            "SELECT count(*) FROM repositories WHERE detached_at IS NULL AND (manifest_count <>"
            " (SELECT count(*) FROM manifests WHERE repository_id = repositories.id)"
            " OR tag_count <> (SELECT count(*) FROM tags WHERE repository_id = repositories.id))");
        return number(session, kMiscounted);
    }

    static std::int64_t orphaned_references(db::Session& session) {
        static constexpr db::Sql kOrphans(
            "SELECT count(*) FROM manifest_references"
            " WHERE manifest_id NOT IN (SELECT id FROM manifests)");
        return number(session, kOrphans);
    }

    io::TemporaryDirectory directory_;
    std::unique_ptr<db::SqliteDatabase> database_;
};

}  // namespace berth::meta::testing
