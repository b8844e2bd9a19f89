// SPDX-License-Identifier: Apache-2.0
#include "app/command_gc.h"

#include "app/testing/commands_fixture.h"
#include "meta/blobs.h"
#include "oci/hasher.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;

class GcCommand : public CommandsFixture {
  protected:
    GcCommand() {
        const auto database = db::SqliteDatabase::open(data() / "catalog.db", meta::migrations());
        EXPECT_TRUE((*database)->write_now([this](db::Session& session) {
            const auto place = meta::BlobPlace::in_catalog(as_bytes(std::string_view("small")));
            const auto blob = meta::put_blob(session, digest_, place, Timestamp{1});
            const auto home =
                meta::ensure_repository(session, *oci::Repository::parse("team/app"), Timestamp{1});
            return blob && home &&
                   meta::link_blob(session, *home, blob->id, Timestamp{1}).has_value();
        }));
    }

    const oci::Digest digest_ =
        oci::digest_of(oci::Algorithm::sha256, as_bytes(std::string_view("small")));
};

TEST_F(GcCommand, CollectsAndSaysWhat) {
    const std::string forecast = text({"gc", "--dry-run"});
    EXPECT_THAT(forecast, HasSubstr("link  " + digest_.text() + " in team/app: no manifest"));
    EXPECT_THAT(forecast, HasSubstr("1 link would be dropped\n1 blob would be condemned, 5 bytes"));
    EXPECT_THAT(text({"gc", "--dry-run"}), testing::Eq(forecast));
    const boost::json::value done = json({"gc"});
    EXPECT_EQ(done.at("links_dropped").as_int64(), 1);
    EXPECT_EQ(done.at("blobs_condemned").as_int64(), 1);
    EXPECT_EQ(done.at("blobs_removed").as_int64(), 0);
    EXPECT_EQ(done.at("bytes_waiting").as_int64(), 5);
    EXPECT_EQ(done.at("items").as_array().size(), 2U);
    EXPECT_THAT(text({"gc"}), HasSubstr("1 blob condemned and in the read grace, 5 bytes"));
}

TEST_F(GcCommand, ExplainsABlob) {
    const std::string before = text({"gc", "--explain", digest_.text()});
    EXPECT_THAT(before, HasSubstr("blob of 5 bytes, live, in the catalog"));
    EXPECT_THAT(before, HasSubstr("  team/app: linked 1970-01-01T"));
    EXPECT_THAT(before, HasSubstr("its bytes go at 20"));
    text({"gc"});
    const boost::json::value after = json({"gc", "--explain", digest_.text()});
    EXPECT_EQ(after.at("blob").at("state").as_string(), "condemned");
    EXPECT_TRUE(after.at("blob").at("repositories").as_array().empty());
    EXPECT_TRUE(after.at("blob").at("removed_at_the_earliest").is_string());
}

TEST_F(GcCommand, ExplainsWhatIsNotThere) {
    const oci::Digest other =
        oci::digest_of(oci::Algorithm::sha512, as_bytes(std::string_view("other")));
    EXPECT_THAT(text({"gc", "--explain", other.text()}),
                HasSubstr("neither a blob nor a manifest"));
    EXPECT_THAT(refusal({"gc", "--explain", "sha256:abc"}), HasSubstr("is no digest"));
    EXPECT_THAT(refusal({"gc", "--dry-run", "--explain", other.text()}), HasSubstr("give --dry"));
}

}  // namespace
}  // namespace berth::app
