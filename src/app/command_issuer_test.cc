// SPDX-License-Identifier: Apache-2.0
#include "app/command_issuer.h"

#include "app/testing/issuer_commands.h"
#include "io/testing/test_certificate.h"

#include <gmock/gmock.h>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::Not;

using CommandIssuer = IssuerCommands;

constexpr const char* kTenant = "11111111-2222-3333-4444-aaaaaaaaaaaa";

TEST_F(CommandIssuer, AddsWhatAPresetKnowsAndWhatItIsTold) {
    const auto certificate = directory_.path() / "ca.pem";
    io::TestCertificate().write(certificate, directory_.path() / "key.pem");
    EXPECT_THAT(output({"issuer", "add", "gh", "--preset", "github", "--audience", "berth"}),
                HasSubstr("https://token.actions.githubusercontent.com"));
    EXPECT_THAT(output({"issuer", "add", "entra", "--preset", "entra", "--tenant", kTenant}),
                HasSubstr("audience     https://management.azure.com/"));
    const std::string shown = output({"issuer", "add", "k8s", "--preset", "kubernetes", "--issuer",
                                      "https://kubernetes.default.svc", "--audience", "a", "b",
                                      "--ca-file", certificate.string(), "--allow-private",
                                      "--clock-skew", "5s", "--discovery", "https://10.0.0.1"});
    for (const char* line : {"k8s (enabled)", "issuer       https://kubernetes.default.svc",
                             "audience     b", "discovery    https://10.0.0.1",
                             "addresses    private ones too", "clock skew   5 s", "/ca.pem"}) {
        EXPECT_THAT(shown, HasSubstr(line));
    }
}

TEST_F(CommandIssuer, RefusesWhatCannotBe) {
    const auto add = [this](const std::string& name, std::vector<std::string> more) {
        more.insert(more.begin(), {"issuer", "add", name});
        return refusal(std::move(more));
    };
    EXPECT_THAT(add("a", {}), HasSubstr("--preset"));
    EXPECT_THAT(add("a", {"--preset", "okta"}), HasSubstr("unknown preset 'okta'"));
    EXPECT_THAT(add("A b", {"--preset", "github", "--audience", "x"}), HasSubstr("no name"));
    EXPECT_THAT(add("local", {"--preset", "github", "--audience", "x"}), HasSubstr("no name"));
    EXPECT_THAT(add("a", {"--preset", "github"}), HasSubstr("audience"));
    EXPECT_THAT(add("a", {"--preset", "oidc", "--audience", "x"}), HasSubstr("issuer URL"));
    EXPECT_THAT(add("a", {"--preset", "oidc", "--issuer", "http://i", "--audience", "x"}),
                HasSubstr("not an https URL"));
    EXPECT_THAT(add("a", {"--preset", "github", "--audience", "x", "--clock-skew", "1h"}),
                HasSubstr("no duration"));
    EXPECT_THAT(add("a", {"--preset", "github", "--audience", "x", "--ca-file", "/nowhere"}),
                HasSubstr("/nowhere"));
    EXPECT_EQ(output({"issuer", "list"}), "no issuer: accounts alone sign in\n");
}

TEST_F(CommandIssuer, NameAndIssuerAreTakenOnce) {
    add_github();
    EXPECT_EQ(code({"issuer", "add", "gh", "--preset", "gitlab", "--audience", "x"}),
              Errc::conflict);
    EXPECT_THAT(refusal({"issuer", "add", "gh2", "--preset", "github", "--audience", "x"}),
                HasSubstr("those of issuer 'gh' already"));
    EXPECT_EQ(refusal({"issuer", "add", "gl", "--preset", "gitlab", "--audience", "x"}), "");
}

TEST_F(CommandIssuer, ListsAndShows) {
    add_github();
    EXPECT_EQ(output({"issuer", "list"}),
              "gh                   enabled  github       0 rules  "
              "https://token.actions.githubusercontent.com\n");
    const std::string json = output({"issuer", "list", "--output", "json"});
    EXPECT_TRUE(json.starts_with(R"([{"name":"gh","enabled":true,"preset":"github",)")) << json;
    EXPECT_TRUE(json.ends_with("}]\n"));
    EXPECT_EQ("[" +
                  output({"issuer", "show", "gh", "--output", "json"}).substr(0, json.size() - 3) +
                  "]\n",
              json);
    EXPECT_EQ(code({"issuer", "show", "other"}), Errc::name_unknown);
}

TEST_F(CommandIssuer, DisablesEnablesAndRemoves) {
    add_github();
    EXPECT_THAT(output({"issuer", "disable", "gh"}), HasSubstr("gh (disabled)"));
    EXPECT_THAT(output({"issuer", "enable", "gh"}), HasSubstr("gh (enabled)"));
    EXPECT_EQ(output({"issuer", "remove", "gh"}), "removed gh\n");
    for (const char* word : {"disable", "enable", "remove"}) {
        EXPECT_EQ(code({"issuer", word, "gh"}), Errc::name_unknown) << word;
    }
}

TEST_F(CommandIssuer, BlocksAndUnblocks) {
    add_github();
    EXPECT_THAT(output({"issuer", "block", "gh", "repo:org/app:main"}),
                HasSubstr("blocked      repo:org/app:main"));
    EXPECT_THAT(output({"issuer", "show", "gh", "--output", "json"}),
                HasSubstr(R"("blocked_subjects":["repo:org/app:main"])"));
    EXPECT_THAT(output({"issuer", "unblock", "gh", "repo:org/app:main"}),
                Not(HasSubstr("blocked")));
    EXPECT_EQ(code({"issuer", "block", "other", "s"}), Errc::name_unknown);
    EXPECT_EQ(code({"issuer", "block", "gh", "a\nb"}), Errc::bad_request);
}

}  // namespace
}  // namespace berth::app
