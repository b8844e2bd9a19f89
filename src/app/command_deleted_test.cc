// SPDX-License-Identifier: Apache-2.0
#include "app/testing/commands_fixture.h"
#include "meta/manifests.h"
#include "meta/tags.h"
#include "oci/hasher.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using ::testing::HasSubstr;
using ::testing::MatchesRegex;

class CommandDeleted : public CommandsFixture {
  protected:
    static constexpr std::string_view kBytes =
        R"({"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",)"
        R"("manifests":[]})";

    static oci::Digest digest() { return oci::digest_of(oci::Algorithm::sha256, as_bytes(kBytes)); }

    // app:v1 and app:v2, one manifest, deleted by alice.
    CommandDeleted() {
        auto database = db::SqliteDatabase::open(data() / "catalog.db", meta::migrations()).value();
        const db::TransactionalWork work = [](db::Session& session) {
            const auto repository =
                meta::ensure_repository(session, *oci::Repository::parse("app"), now());
            oci::Manifest manifest;
            manifest.media_type = "application/vnd.oci.image.index.v1+json";
            manifest.artifact_type = "";
            const meta::Disposal keep{.keep_ticks = meta::kTicksPerDay, .by = "alice"};
            return repository &&
                   meta::put_manifest(session, *repository, digest(), manifest, as_bytes(kBytes),
                                      now()) &&
                   meta::put_tag(session, *repository, *oci::Tag::parse("v1"), digest(), now()) &&
                   meta::put_tag(session, *repository, *oci::Tag::parse("v2"), digest(), now()) &&
                   meta::remove_manifest(session, *repository, digest(), now(), keep);
        };
        EXPECT_TRUE(database->write_now(work));
    }
};

TEST_F(CommandDeleted, ListsWhatIsThere) {
    EXPECT_THAT(text({"deleted", "list"}),
                MatchesRegex("DELETED +PURGED AFTER +BY +ITEM +DIGEST\n.* alice +app +sha256:.*\n"
                             ".* app:v1 +sha256:.*\n.* app:v2 +sha256:.*\n"));
    const auto shown = json({"deleted", "list", "app"}).as_array().at(0).as_object();
    EXPECT_EQ(shown.at("repository"), "app");
    EXPECT_EQ(shown.at("manifests").as_array().size(), 1U);
    EXPECT_EQ(shown.at("tags").as_array().at(1).as_object().at("tag"), "v2");
    EXPECT_THAT(text({"deleted", "list", "other"}), HasSubstr("nothing was deleted"));
}

TEST_F(CommandDeleted, RestoresATag) {
    EXPECT_EQ(text({"deleted", "restore", "app:v2"}), "1 manifests and 1 tags restored\n");
    EXPECT_THAT(refusal({"deleted", "restore", "app:v2"}), HasSubstr("tag_unknown"));
    EXPECT_EQ(text({"deleted", "restore", "app:v1"}), "0 manifests and 1 tags restored\n");
    EXPECT_THAT(refusal({"deleted", "restore", "app"}), HasSubstr("name_unknown"));
    EXPECT_THAT(audit_lines(), HasSubstr("\"operation\":\"deleted_restore\""));
}

TEST_F(CommandDeleted, RestoresAManifestWithItsTags) {
    const auto done = json({"deleted", "restore", "app@" + digest().text()}).as_object();
    EXPECT_EQ(done.at("manifests").as_array().size(), 1U);
    EXPECT_EQ(done.at("tags").as_array().at(1), "app:v2");
}

TEST_F(CommandDeleted, RestoresARepository) {
    EXPECT_EQ(text({"deleted", "restore", "app"}), "1 manifests and 2 tags restored\n");
    EXPECT_THAT(text({"deleted", "list"}), HasSubstr("nothing was deleted"));
}

TEST_F(CommandDeleted, Purges) {
    EXPECT_THAT(refusal({"deleted", "purge"}), HasSubstr("bad_request"));
    EXPECT_THAT(refusal({"deleted", "purge", "app", "--older-than", "x"}),
                HasSubstr("bad_request"));
    EXPECT_EQ(text({"deleted", "purge", "--all", "--older-than", "1d"}),
              "0 manifests and 0 tags purged\n");
    EXPECT_EQ(text({"deleted", "purge", "app"}), "1 manifests and 2 tags purged\n");
    EXPECT_THAT(text({"deleted", "list"}), HasSubstr("nothing was deleted"));
}

TEST_F(CommandDeleted, RefusesWhatIsNoItem) {
    for (const char* wrong : {"App", "app:", "app@x", "app:no tag", ""}) {
        EXPECT_THAT(refusal({"deleted", "restore", wrong}), HasSubstr("bad_request")) << wrong;
    }
}

}  // namespace
}  // namespace berth::app
