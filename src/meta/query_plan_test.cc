// SPDX-License-Identifier: Apache-2.0
//
// No query of the catalog may read a whole table or a whole repository, or sort: each statement
// that the functions of meta/ really run is recorded and its plan looked at, on the connection that
// writes and on one that reads.
#include "meta/access_generation.h"
#include "meta/accounts.h"
#include "meta/blobs.h"
#include "meta/deleted.h"
#include "meta/garbage.h"
#include "meta/manifest_pulls.h"
#include "meta/manifest_rows.h"
#include "meta/removed_items.h"
#include "meta/retention_items.h"
#include "meta/retention_rules.h"
#include "meta/scope_maps.h"
#include "meta/testing/catalog_fixture.h"
#include "meta/uploads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <map>

namespace berth::meta {
namespace {

using ::testing::Contains;
using testing::digest;
using ::testing::HasSubstr;
using testing::repository;
using testing::tag;
using Steps = std::vector<std::string>;
using Statements = std::map<std::string, std::size_t>;  // text to number of parameters

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

    const Statements& statements() const { return statements_; }

  private:
    db::Session& inner_;
    Statements statements_;
};

class QueryPlan : public testing::CatalogTest {
  protected:
    static void call_blobs_and_accounts(db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const auto blob = put_blob(session, digest(50), BlobPlace::in_store("x", 1), Timestamp{1});
        (void)relocate_blob(session, digest(50), "y", BlobPlace::in_store("z", 1), Timestamp{1});
        (void)blob_bytes(session, *blob);
        (void)link_blob(session, id, blob->id, Timestamp{1});
        (void)find_linked_blob(session, repository("a"), digest(50));
        (void)repositories_linking(session, blob->id, 10);
        (void)unlink_blob(session, id, blob->id);
        UploadRow upload;
        upload.id = "u";
        (void)insert_upload(session, upload);
        (void)find_upload(session, "u");
        (void)keep_upload_bytes(session, "u", as_bytes("x"));
        (void)keep_upload_offset(session, "u", 5);
        (void)touch_upload(session, "u", Timestamp{2});
        (void)expired_uploads(session, Timestamp{9}, 10);
        (void)remove_upload(session, "u");
        (void)access_generation(session);
        ScopeMapRow scope_map;
        scope_map.name = "m";
        scope_map.rules.emplace_back("*", oci::ActionSet::all(), "m");
        (void)put_scope_map(session, scope_map, Timestamp{1});
        AccountRow account;
        account.scope_maps = {"m"};
        account.passwords.front().emplace();
        (void)create_account(session, account, Timestamp{1});
        (void)change_account(session, account, Timestamp{1});
        (void)end_tokens(session, "");
        (void)accounts_with(session, "m");
        (void)delete_scope_map(session, "m");
        (void)delete_account(session, "x");
        (void)find_account(session, "");
    }

    static void call_garbage(db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const auto blob = put_blob(session, digest(60), BlobPlace::in_store("x", 1), Timestamp{1});
        (void)link_blob(session, id, blob->id, Timestamp{1});
        (void)touch_link(session, repository("a"), blob->id, Timestamp{2});
        (void)keep_bytes_until(session, "x", Timestamp{1}, Timestamp{1});
        (void)are_bytes_kept(session, Timestamp{1});
        (void)forecast_blobs(session, std::nullopt, Timestamp{9}, 10);
        const auto links = scan_links(session, LinkKey(), Timestamp{9}, 10);
        EXPECT_EQ(links->idle.size(), 1U);
        (void)name_of_repository(session, id);
        (void)drop_idle_link(session, LinkKey{id, blob->id}, Timestamp{9});
        (void)scan_blobs(session, digest(1), 10);
        (void)condemn_blob(session, blob->id, Timestamp{1});
        (void)count_waiting(session, Timestamp{0});
        (void)scan_removable(session, RemovableKey(), Timestamp{9}, 10);
        const auto leaving = begin_removal(session, blob->id, Timestamp{9});
        (void)finish_removal(session, **leaving);
        (void)is_orphan_object(session, digest(60), "x", "u");
    }

    // Leaves manifest 1 with the tag v1, and a removed tag.
    static void call_writes(db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        oci::Manifest manifest = testing::image();
        manifest.references.push_back(
            testing::descriptor(oci::ReferenceRole::layer, digest(50), 1));
        (void)missing_references(session, id, manifest);
        put(session, id, digest(1), manifest);
        put(session, id, digest(2), manifest);
        label(session, id, "v1", digest(1));
        label(session, id, "v2", digest(1));
        (void)change_repository(session, id, AttributesChange(), std::nullopt);
        (void)change_manifest(session, id, digest(1), ManifestChange());
        (void)change_tag(session, id, tag("v1"), AttributesChange{.delete_enabled = false});
        (void)remove_tag(session, id, tag("v2"), Timestamp{1});
        (void)remove_manifest(session, id, digest(2), Timestamp{1});
    }

    static void call_reads(db::Session& session) {
        const oci::Repository name = repository("a");
        const RepositoryId id = ensure(session, "a");
        const oci::Digest on = digest(1);
        (void)list_repositories(session, PageRequest(10, "a"));
        (void)find_manifest(session, name, on);
        (void)find_manifest(session, name, tag("v1"));
        (void)list_tags(session, id, PageRequest(10, "a"));
        (void)list_all_tags(session, id, PageRequest(10, "a"));
        (void)list_all_manifests(session, id, PageRequest(10, on.text()));
        (void)list_referrers(session, name, on, "", PageRequest(10, digest(2).text()));
        (void)list_referrers(session, name, on, "sig", PageRequest(10, ""));
        (void)find_tag(session, id, tag("v1"));
        (void)find_manifest_row(session, id, on);
        (void)list_children(session, id, on);
        for (const Order order : {Order::by_name, Order::oldest_first, Order::newest_first}) {
            for (const char* last : {"v1", "v2"}) {  // there and removed
                (void)list_tag_rows(session, id, order, std::nullopt, PageRequest(10, last));
                (void)list_tag_rows(session, id, order, on, PageRequest(10, last));
            }
            for (const oci::Digest& last : {on, digest(2)}) {
                (void)list_manifest_rows(session, id, order, PageRequest(10, last.text()));
            }
        }
        (void)holds_locked_items(session, id);
        (void)is_held_by_lock(session, id, digest(50));
        (void)next_detached(session, Timestamp{9});
    }

    static void call_reaping(db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        (void)forget_removed_items(session, Timestamp{9}, 1);
        (void)detach_repository(session, id, Timestamp{1});
        EXPECT_EQ(reap_next_detached(session, Timestamp{9}, 100), false);
    }

    // Everything about the bin, which it leaves empty.
    static void call_bin(db::Session& session) {
        const oci::Repository name = repository("bin");
        const RepositoryId id = ensure(session, "bin");
        const Disposal keep{.keep_ticks = 5, .by = "somebody"};
        for (std::uint32_t number = 60; number < 63; ++number) {
            put(session, id, digest(number), testing::image());
            label(session, id, "v1", digest(number));
        }
        (void)remove_tag(session, id, tag("v1"), Timestamp{1}, keep);
        (void)remove_manifest(session, id, digest(60), Timestamp{1}, keep);
        const auto row = find_deleted_manifest(session, name, digest(60));
        (void)deleted_referrers(session, name, digest(60), Timestamp{1});
        (void)deleted_children(session, id, name, digest(61));
        (void)deleted_tags_of(session, name, digest(60), 5);
        EXPECT_TRUE(restore_manifest(session, id, **row, Timestamp{2}));
        (void)forget_deleted_tag(session, name, tag("v1"), digest(62));
        (void)detach_repository(session, id, Timestamp{3}, keep);
        (void)list_deleted_repositories(session, PageRequest(5, "a"));
        (void)list_deleted_repositories(session, PageRequest(5, ""), {{"b", "c"}});
        (void)list_deleted_manifests(session, name, PageRequest(5, ""));
        (void)list_deleted_tags(session, name, PageRequest(5, ""));
        (void)has_deleted_items(session, repository("other"));
        (void)count_deleted_manifests(session, 0, 10);
        (void)count_deleted_tags(session, 0, 10);
        (void)purge_deleted(session, Timestamp{9}, 100);
        EXPECT_EQ(reap_next_detached(session, Timestamp{9}, 100), false);
    }

    static void call_retention(db::Session& session) {
        RetentionRuleRow rule;
        rule.name = "r";
        (void)create_retention_rule(session, rule, Timestamp{1});
        (void)enable_retention_rule(session, "r", false, Timestamp{1});
        (void)find_retention_rule(session, "r");
        (void)list_retention_rules(session);
        (void)delete_retention_rule(session, "r");
        (void)note_manifest_pull(session, 1, Timestamp{1}, 1);
        (void)last_manifest_pull(session, 1);
        const RepositoryId id = ensure(session, "a");
        (void)repositories_behind(session, "", 5);
        (void)tags_behind(session, id, "", 5);
        (void)manifests_behind(session, id, {}, 5);
        (void)find_retention_tag(session, id, "v1");
        (void)find_retention_manifest(session, id, digest(1));
        (void)tag_names_of(session, id, digest(1), 5);
        (void)parents_of(session, id, digest(1), 5);
        (void)referrers_of(session, id, digest(1), 5);
        (void)subject_of(session, id, digest(1));
    }

    static Steps plan_of(db::Session& session, const std::string& statement, std::size_t count) {
        static std::deque<std::string> texts;  // a statement's address is its identity: keep them
        const std::string& explain = texts.emplace_back("EXPLAIN QUERY PLAN " + statement);
        const std::vector<db::Value> nulls(count);
        Steps steps;
        const auto ran =
            session.query(db::Sql(explain.c_str()), nulls, [&steps](const db::Row& row) {
                steps.emplace_back(row.text(3));
                return true;
            });
        EXPECT_TRUE(ran) << ran.error().log_detail;
        return steps;
    }

    static void expect_seeks_only(db::Session& session, const Statements& statements) {
        for (const auto& [statement, parameter_count] : statements) {
            for (const std::string& step : plan_of(session, statement, parameter_count)) {
                for (const char* bad : {"SCAN", "TEMP B-TREE", "AUTOMATIC"}) {
                    EXPECT_EQ(step.find(bad), std::string::npos) << statement << "\n" << step;
                }
                if (step.ends_with("(repository_id=?)")) {
                    EXPECT_TRUE(may_walk_repository(statement, step)) << statement << "\n" << step;
                }
            }
        }
    }

    // A seek by the repository alone walks all of it, unless the index holds little, or its order
    // is the one wanted up to a limit, or (foreign keys) the repository's row comes or goes: then
    // it has no others.
    static bool may_walk_repository(const std::string& statement, const std::string& step) {
        return step.find("_locked ") != std::string::npos ||
               statement.find("repository_id = $1 ORDER BY ") != std::string::npos ||
               statement.starts_with("INSERT INTO repositories ") ||
               statement.starts_with("DELETE FROM repositories ");
    }

    // The steps of everything that `call` runs in a catalog with manifest 1 and its tag v1.
    Steps steps_of(const std::function<void(db::Session&, RepositoryId)>& call) {
        Steps steps;
        write([&](db::Session& session) {
            const RepositoryId id = ensure(session, "a");
            put(session, id, digest(1), testing::image());
            label(session, id, "v1", digest(1));
            Recorder recorder(session);
            call(recorder, id);
            for (const auto& [statement, parameter_count] : recorder.statements()) {
                std::ranges::copy(plan_of(session, statement, parameter_count),
                                  std::back_inserter(steps));
            }
        });
        return steps;
    }
};

TEST_F(QueryPlan, NothingScansOrSorts) {
    Statements statements;
    write([&statements](db::Session& session) {
        Recorder recorder(session);
        call_blobs_and_accounts(recorder);
        call_garbage(recorder);
        call_writes(recorder);
        call_reads(recorder);
        call_reaping(recorder);
        call_bin(recorder);
        call_retention(recorder);
        statements = recorder.statements();
        EXPECT_GE(statements.size(), 70U);
        expect_seeks_only(session, statements);
    });
    ASSERT_TRUE(database_->read_now(
        [&statements](db::Session& session) { expect_seeks_only(session, statements); }));
}

// The columns of the seeks that must not depend on the size of anything.
TEST_F(QueryPlan, ListsSeekTheirFirstRow) {
    const auto tags = [this](Order order, std::optional<oci::Digest> on) {
        return steps_of([&](db::Session& session, RepositoryId id) {
            (void)list_tag_rows(session, id, order, on, PageRequest(10, "v1"));
        });
    };
    const auto manifests = [this](Order order) {
        return steps_of([&](db::Session& session, RepositoryId id) {
            (void)list_manifest_rows(session, id, order, PageRequest(10, digest(1).text()));
        });
    };
    EXPECT_THAT(tags(Order::by_name, std::nullopt),
                Contains(HasSubstr("tags USING PRIMARY KEY (repository_id=? AND name>?)")));
    EXPECT_THAT(tags(Order::oldest_first, std::nullopt),
                Contains(HasSubstr("tags_by_time (repository_id=? AND (updated_at,name)>(?,?))")));
    EXPECT_THAT(tags(Order::newest_first, std::nullopt),
                Contains(HasSubstr("tags_by_time (repository_id=? AND (updated_at,name)<(?,?))")));
    EXPECT_THAT(tags(Order::by_name, digest(1)),
                Contains(HasSubstr("tags_by_digest (repository_id=? AND digest=? AND name>?)")));
    EXPECT_THAT(tags(Order::oldest_first, digest(1)),
                Contains(HasSubstr("tags_by_digest_and_time (repository_id=? AND digest=? AND "
                                   "(updated_at,name)>(?,?))")));
    EXPECT_THAT(tags(Order::newest_first, digest(1)),
                Contains(HasSubstr("tags_by_digest_and_time (repository_id=? AND digest=? AND "
                                   "(updated_at,name)<(?,?))")));
    EXPECT_THAT(manifests(Order::by_name),
                Contains(HasSubstr("manifests_1 (repository_id=? AND digest>?)")));
    EXPECT_THAT(
        manifests(Order::oldest_first),
        Contains(HasSubstr("manifests_by_time (repository_id=? AND (updated_at,digest)>(?,?))")));
    EXPECT_THAT(
        manifests(Order::newest_first),
        Contains(HasSubstr("manifests_by_time (repository_id=? AND (updated_at,digest)<(?,?))")));
}

TEST_F(QueryPlan, ThePartsOfARowAreSought) {
    const Steps rows = steps_of([](db::Session& session, RepositoryId id) {
        (void)list_manifest_rows(session, id, Order::by_name, PageRequest(10, ""));
        (void)list_tag_rows(session, id, Order::by_name, std::nullopt, PageRequest(10, ""));
    });
    EXPECT_THAT(rows, Contains(HasSubstr("COVERING INDEX tags_by_digest (repository_id=? AND "
                                         "digest=?)")));
    EXPECT_THAT(rows, Contains(HasSubstr("COVERING INDEX manifests_quarantined (repository_id=? "
                                         "AND digest=?) LEFT-JOIN")));
}

TEST_F(QueryPlan, LocksAreLookedUp) {
    const Steps removal = steps_of([](db::Session& session, RepositoryId id) {
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{9}), true);
    });
    EXPECT_THAT(removal, Contains(HasSubstr("tags_locked (repository_id=? AND digest=?)")));
    EXPECT_THAT(removal, Contains(HasSubstr("manifests_by_subject (repository_id=? AND "
                                            "subject=?)")));
    EXPECT_THAT(removal, Contains(HasSubstr("INDEX tags_by_digest (repository_id=? AND "
                                            "digest=?)")));
    const Steps held = steps_of([](db::Session& session, RepositoryId id) {
        (void)change_tag(session, id, tag("v1"), AttributesChange{.delete_enabled = false});
        (void)is_held_by_lock(session, id, digest(50));
    });
    EXPECT_THAT(held, Contains(HasSubstr("manifest_references_by_digest (repository_id=? AND "
                                         "digest=?)")));
    EXPECT_THAT(held, Contains(HasSubstr("tags_locked (repository_id=? AND digest=?)")));
    EXPECT_THAT(held, Contains(HasSubstr("manifests_locked (repository_id=?)")));
}

TEST_F(QueryPlan, ReferrersAndNamesAreSought) {
    const Steps steps = steps_of([](db::Session& session, RepositoryId) {
        const oci::Repository name = repository("a");
        (void)list_referrers(session, name, digest(1), "", PageRequest(10, ""));
        (void)list_referrers(session, name, digest(1), "sig", PageRequest(10, ""));
        (void)list_repositories(session, PageRequest(10, ""));
        (void)list_repositories(session, PageRequest(10, ""), oci::ranges_of({"b*"}));
        (void)next_detached(session, Timestamp{9});
    });
    EXPECT_THAT(steps, Contains(HasSubstr("manifests_by_subject (repository_id=? AND subject=? AND "
                                          "digest>?)")));
    EXPECT_THAT(steps, Contains(HasSubstr("manifests_by_artifact_type (repository_id=? AND "
                                          "subject=? AND artifact_type=? AND digest>?)")));
    EXPECT_THAT(steps, Contains(HasSubstr("repositories_visible (name>? AND name<?)")));
    EXPECT_THAT(steps, Contains(HasSubstr("repositories_detached (detached_at>? AND "
                                          "detached_at<?)")));
}

}  // namespace
}  // namespace berth::meta
