// SPDX-License-Identifier: Apache-2.0
#include "app/readiness.h"

#include "app/testing/watched_store.h"

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::app {
namespace {

using testing::ElementsAre;

class ReadinessTest : public WatchedStore {
  protected:
    /// Names of the checks that did not pass, with their reason.
    std::vector<std::string> failed() const {
        std::vector<std::string> names;
        for (const Check& check : readiness_.checks(0)) {
            if (!check.passed()) {
                names.push_back(std::string(check.name) + " " + std::string(check.reason));
            }
        }
        return names;
    }
};

TEST_F(ReadinessTest, AllIsWell) {
    (void)look();
    EXPECT_THAT(failed(), ElementsAre());
    EXPECT_TRUE(all_passed(readiness_.checks(0)));
}

TEST_F(ReadinessTest, AStoreThatTakesNothing) {
    files_.fault = Errc::read_only;
    health_.write_failed(Error(Errc::read_only));
    (void)look();
    EXPECT_THAT(failed(), ElementsAre("store_writable read_only"));
    readiness_.begin_drain();
    EXPECT_THAT(failed(), ElementsAre("accepting draining", "store_writable read_only"));
}

TEST_F(ReadinessTest, TheAnswerIsJson) {
    const std::vector<Check> checks{{.name = "good"},
                                    {.name = "bad", .reason = "why", .message = "a \"quote\"\n"}};
    const boost::json::value read = boost::json::parse(checks_json(checks));
    EXPECT_FALSE(read.at("ready").as_bool());
    EXPECT_TRUE(read.at("checks").at(0).at("ok").as_bool());
    EXPECT_EQ(read.at("checks").at(1).at("message").as_string(), "a \"quote\"\n");
    EXPECT_TRUE(boost::json::parse(checks_json({})).at("ready").as_bool());
}

}  // namespace
}  // namespace berth::app
