// SPDX-License-Identifier: Apache-2.0
//
// No query of the catalog may read a whole table or sort: each statement that the functions of
// meta/ really run is recorded and its plan looked at.
#include "meta/accounts.h"
#include "meta/blobs.h"
#include "meta/testing/catalog_fixture.h"
#include "meta/uploads.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

namespace berth::meta {
namespace {

using testing::digest;
using testing::repository;
using testing::tag;

class Recorder final : public db::Session {
  public:
    explicit Recorder(db::Session& inner) : inner_(inner) {}

    Result<void> query(const db::Sql& sql, std::span<const db::Value> parameters,
                       const db::RowVisitor& visit) override {
        statements_[sql.text] = parameters.size();
        return inner_.query(sql, parameters, visit);
    }

    Result<std::int64_t> execute(const db::Sql& sql,
                                 std::span<const db::Value> parameters) override {
        statements_[sql.text] = parameters.size();
        return inner_.execute(sql, parameters);
    }

    const std::map<std::string, std::size_t>& statements() const { return statements_; }

  private:
    db::Session& inner_;
    std::map<std::string, std::size_t> statements_;  // text to number of parameters
};

class QueryPlan : public testing::CatalogTest {
  protected:
    static void call_repositories_and_blobs(db::Session& session) {
        const oci::Repository name = repository("a");
        const RepositoryId id = ensure(session, "a");
        (void)list_repositories(session, PageRequest(10, "a"));
        const auto blob = put_blob(session, digest(50), 1, "x", Timestamp{1});
        (void)link_blob(session, id, blob->id, Timestamp{1});
        (void)find_linked_blob(session, name, digest(50));
        (void)repositories_linking(session, blob->id, 10);
        (void)unlink_blob(session, id, blob->id);
        UploadRow upload;
        upload.id = "u";
        (void)insert_upload(session, upload);
        (void)find_upload(session, "u");
        (void)touch_upload(session, "u", Timestamp{2});
        (void)expired_uploads(session, Timestamp{9}, 10);
        (void)remove_upload(session, "u");
        (void)put_account(session, AccountRow(), Timestamp{1});
        (void)find_account(session, "");
    }

    static void call_manifests_and_tags(db::Session& session) {
        const oci::Repository name = repository("a");
        const RepositoryId id = ensure(session, "a");
        oci::Manifest manifest = testing::image();
        manifest.references.push_back(
            testing::descriptor(oci::ReferenceRole::layer, digest(50), 1));
        (void)missing_references(session, id, manifest);
        put(session, id, digest(1), manifest);
        (void)put_tag(session, id, tag("v1"), digest(1), Timestamp{1});
        (void)find_manifest(session, name, digest(1));
        (void)find_manifest(session, name, tag("v1"));
        (void)list_tags(session, id, PageRequest(10, "a"));
        (void)list_referrers(session, name, digest(1), "", PageRequest(10, digest(2).text()));
        (void)list_referrers(session, name, digest(1), "sig", PageRequest(10, ""));
        (void)remove_tag(session, id, tag("v1"), Timestamp{1});
        (void)remove_manifest(session, id, digest(1), Timestamp{1});
    }

    static std::vector<std::string> plan_of(db::Session& session, const char* explain,
                                            std::size_t parameter_count) {
        const std::vector<db::Value> nulls(parameter_count);
        std::vector<std::string> steps;
        const auto ran = session.query(db::Sql(explain), nulls, [&steps](const db::Row& row) {
            steps.emplace_back(row.text(3));
            return true;
        });
        EXPECT_TRUE(ran) << ran.error().log_detail;
        return steps;
    }
};

TEST_F(QueryPlan, NothingScansOrSorts) {
    write([](db::Session& session) {
        Recorder recorder(session);
        call_repositories_and_blobs(recorder);
        call_manifests_and_tags(recorder);
        EXPECT_GE(recorder.statements().size(), 30U);
        std::deque<std::string> texts;  // a statement's address is its identity: keep them
        for (const auto& [statement, parameter_count] : recorder.statements()) {
            texts.push_back("EXPLAIN QUERY PLAN " + statement);
            for (const std::string& step :
                 plan_of(session, texts.back().c_str(), parameter_count)) {
                EXPECT_EQ(step.find("SCAN"), std::string::npos) << statement << "\n" << step;
                EXPECT_EQ(step.find("TEMP B-TREE"), std::string::npos) << statement << "\n" << step;
                EXPECT_EQ(step.find("AUTOMATIC"), std::string::npos) << statement << "\n" << step;
            }
        }
    });
}

}  // namespace
}  // namespace berth::meta
