// SPDX-License-Identifier: Apache-2.0
#include "app/command_tls_init.h"

#include "io/testing/temporary_directory.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;

class TlsInitTest : public testing::Test {
  protected:
    Result<std::string> run(const std::vector<std::string>& names,
                            OutputFormat output = OutputFormat::text) {
        Invocation given;
        Arguments::Occurrences each;
        for (const std::string& name : names) {
            each.push_back({name});
        }
        given.arguments = Arguments({{"DIR", {}}, {"--name", each}, {"--domain", {}}});
        given.loaded.config.data = directory_.path();
        given.output = output;
        return tls_commands().back().run(given);
    }

    io::TemporaryDirectory directory_;
};

TEST_F(TlsInitTest, TextNamesFilesAndClients) {
    const auto made = run({"registry.example.com", "::1"});
    ASSERT_TRUE(made) << made.error().log_detail;
    const std::string files = (directory_.path() / "tls").string();
    EXPECT_THAT(*made, HasSubstr("new authority CN=Berth local authority "));
    EXPECT_THAT(*made, HasSubstr("new certificate for registry.example.com, ::1, until 20"));
    EXPECT_THAT(*made, HasSubstr("--tls-cert " + files + "/server.crt --tls-key " + files));
    EXPECT_THAT(*made, HasSubstr("/etc/docker/certs.d/registry.example.com:5000/ca.crt\n"));
    const auto again = run({"registry.example.com"});
    ASSERT_TRUE(again);
    EXPECT_THAT(*again, HasSubstr("kept authority CN=Berth local authority "));
}

TEST_F(TlsInitTest, UsualNamesAreThisMachine) {
    const auto made = run({}, OutputFormat::json);
    ASSERT_TRUE(made) << made.error().log_detail;
    EXPECT_THAT(*made, HasSubstr(R"("localhost","127.0.0.1","::1"])"));
    EXPECT_THAT(*made, HasSubstr(R"("is_new":true)"));
}

TEST_F(TlsInitTest, AnAddressOfVersion6IsInBracketsWhereAPortFollows) {
    const auto made = run({"::1"});
    ASSERT_TRUE(made);
    EXPECT_THAT(*made, HasSubstr("/certs.d/[::1]:5000/ca.crt"));
}

TEST_F(TlsInitTest, MistakesAreMistakesOfTheCommandLine) {
    ASSERT_TRUE(run({"a.example"}));
    for (const char* name : {"b.example", "no name"}) {
        const auto refused = run({name});
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, Errc::bad_request);
        EXPECT_THAT(refused.error().log_detail, HasSubstr(name));
    }
}

}  // namespace
}  // namespace berth::app
