// SPDX-License-Identifier: Apache-2.0
#include "app/command_backup.h"

#include "app/testing/commands_fixture.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;

class CommandBackupTest : public CommandsFixture {
  protected:
    std::string place() const { return (other_.path() / "backup").string(); }

  private:
    io::TemporaryDirectory other_;
};

TEST_F(CommandBackupTest, SaysWhatItDid) {
    EXPECT_THAT(text({"backup", place()}), HasSubstr("0 objects brought (0 B), 0 were there"));
    const boost::json::value again = json({"backup", place() + "/"});
    EXPECT_EQ(again.at("objects_brought").to_number<int>(), 0);
    EXPECT_EQ(again.at("instants").to_number<int>(), 1);
    EXPECT_EQ(again.at("damaged").as_array().size(), 0U);
    EXPECT_THAT(text({"backup", place(), "--check"}), HasSubstr("nothing is wrong"));
    EXPECT_TRUE(json({"backup", place(), "--check", "--quick"}).at("clean").as_bool());
}

TEST_F(CommandBackupTest, RefusesWhatMakesNoSense) {
    EXPECT_EQ(refusal({"backup", place(), "--by", "magic"}),
              "bad_request: --by is reflink, hard-link or copy, not 'magic'");
    EXPECT_THAT(refusal({"restore", place()}), HasSubstr("no complete backup in "));
    EXPECT_THAT(refusal({"backup", place(), "--check"}), HasSubstr("no complete backup in "));
    text({"backup", place()});
    EXPECT_THAT(refusal({"restore", place()}), HasSubstr("is not an empty directory"));
}

}  // namespace
}  // namespace berth::app
