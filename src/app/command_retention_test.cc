// SPDX-License-Identifier: Apache-2.0
#include "app/testing/commands_fixture.h"
#include "meta/manifests.h"
#include "meta/retention_rules.h"
#include "meta/tags.h"
#include "oci/hasher.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

class CommandRetention : public CommandsFixture {
  protected:
    // A manifest with one tag, pushed a year ago.
    void push(const std::string& tag) const {
        auto database = db::SqliteDatabase::open(data() / "catalog.db", meta::migrations()).value();
        const db::TransactionalWork work = [&tag](db::Session& session) {
            const Timestamp then{now().ticks - 365 * meta::kTicksPerDay};
            const auto repository =
                meta::ensure_repository(session, *oci::Repository::parse("app"), then);
            const std::string bytes = "manifest of " + tag;
            const oci::Digest digest = oci::digest_of(oci::Algorithm::sha256, as_bytes(bytes));
            oci::Manifest manifest;
            manifest.media_type = "application/x";
            manifest.artifact_type = "application/x";
            return repository &&
                   meta::put_manifest(session, *repository, digest, manifest, as_bytes(bytes),
                                      then) &&
                   meta::put_tag(session, *repository, *oci::Tag::parse(tag), digest, then);
        };
        ASSERT_TRUE(database->write_now(work));
    }
};

TEST_F(CommandRetention, RulesAreMadeListedAndRemoved) {
    EXPECT_THAT(text({"retention", "list"}), HasSubstr("no retention rules"));
    EXPECT_EQ(text({"retention", "create", "prs", "--repositories", "team/*", "--tags", "pr-*",
                    "--older-than", "30d", "--keep-last", "5"}),
              "retention rule 'prs' created\n");
    EXPECT_THAT(text({"retention", "show", "prs"}),
                MatchesRegex("NAME +STATE +REPOSITORIES +DELETES +IF\nprs +enabled +team/\\* +"
                             "tags pr-\\* +older than 30d, but the last 5\n"));
    EXPECT_EQ(text({"retention", "disable", "prs"}), "retention rule 'prs' disabled\n");
    const auto shown = json({"retention", "list"}).as_array().at(0).as_object();
    EXPECT_EQ(shown.at("enabled"), false);
    EXPECT_EQ(shown.at("older_than"), "30d");
    EXPECT_TRUE(shown.at("not_pulled_for").is_null());
    EXPECT_EQ(shown.at("keep_last"), 5);
    EXPECT_EQ(text({"retention", "enable", "prs"}), "retention rule 'prs' enabled\n");
    EXPECT_EQ(text({"retention", "delete", "prs"}), "retention rule 'prs' deleted\n");
    EXPECT_THAT(refusal({"retention", "show", "prs"}), HasSubstr("name_unknown: there is no"));
    EXPECT_THAT(audit_lines(), HasSubstr("\"operation\":\"retention_create\""));
}

TEST_F(CommandRetention, TheSimpleFormReplacesItself) {
    EXPECT_EQ(text({"retention", "untagged", "--days", "7"}), "retention rule 'untagged' set\n");
    EXPECT_EQ(text({"retention", "untagged", "--days", "30"}), "retention rule 'untagged' set\n");
    const auto shown = json({"retention", "show", "untagged"}).as_object();
    EXPECT_EQ(shown.at("untagged"), true);
    EXPECT_EQ(shown.at("older_than"), "30d");
}

TEST_F(CommandRetention, RefusesWhatCannotBe) {
    const auto create = [this](std::vector<std::string> more) {
        more.insert(more.begin(), {"retention", "create", "r"});
        return refusal(std::move(more));
    };
    EXPECT_THAT(create({}), HasSubstr("bad_request: the rule would delete everything"));
    EXPECT_THAT(create({"--older-than", "soon"}), HasSubstr("bad_request: --older-than"));
    EXPECT_THAT(create({"--keep-last", "0"}), HasSubstr("bad_request: --keep-last"));
    EXPECT_THAT(create({"--keep-last", "2", "--untagged"}), HasSubstr("bad_request"));
    EXPECT_THAT(create({"--older-than", "1d", "--untagged", "--tags", "v*"}),
                HasSubstr("bad_request"));
    EXPECT_THAT(create({"--older-than", "1d", "--repositories", ""}), HasSubstr("bad_request"));
    EXPECT_EQ(create({"--older-than", "1d"}), "done");
    EXPECT_THAT(create({"--older-than", "1d"}), HasSubstr("conflict"));
    EXPECT_THAT(refusal({"retention", "run", "--rule", "x"}), HasSubstr("name_unknown"));
}

TEST_F(CommandRetention, RunsDryAndThenForGood) {
    push("v1");
    push("v2");
    ASSERT_EQ(refusal({"retention", "create", "r", "--tags", "v1", "--older-than", "30d"}), "done");
    EXPECT_THAT(text({"retention", "run", "--dry-run"}),
                MatchesRegex("RULE +ITEM +ACTION +WHY\nr +app:v1 +delete +every condition of the "
                             "rule holds\nWould delete 1 tags and 1 manifests.\n"));
    EXPECT_THAT(audit_lines(), Not(HasSubstr("retention_delete")));
    const auto done = json({"retention", "run"}).as_object();
    EXPECT_EQ(done.at("dry_run"), false);
    EXPECT_EQ(done.at("deleted").as_array().at(0).as_object().at("tag"), "v1");
    EXPECT_TRUE(done.at("kept").as_array().empty());
    EXPECT_THAT(audit_lines(), HasSubstr("\"operation\":\"retention_delete\""));
    EXPECT_THAT(audit_lines(), HasSubstr("\"subject\":\"app:v1\""));
    EXPECT_EQ(text({"retention", "run"}), "Deleted 0 tags and 0 manifests.\n");
}

}  // namespace
}  // namespace berth::app
