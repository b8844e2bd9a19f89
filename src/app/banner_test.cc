// SPDX-License-Identifier: Apache-2.0
#include "app/banner.h"

#include "io/testing/temporary_directory.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace berth::app {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(Banner, SaysWhereAndHow) {
    Config config;
    config.data = "/srv/berth/../data";
    const std::string text = banner(config, {"http://127.0.0.1:5000"}, std::nullopt);
    EXPECT_THAT(text, HasSubstr("\n  listening   http://127.0.0.1:5000\n"));
    EXPECT_THAT(text, HasSubstr("\n  data        /srv/data\n"));
    EXPECT_THAT(text, HasSubstr("every request needs an account"));
    EXPECT_THAT(text, HasSubstr("admin; berth user password admin makes a new password\n"));
    EXPECT_THAT(text, HasSubstr("docker login -u admin 127.0.0.1:5000\n"));
    EXPECT_THAT(text, HasSubstr("--dest-tls-verify=false"));
}

TEST(Banner, NamesTheFileOfThePasswordWhileItIsThere) {
    const io::TemporaryDirectory directory;
    const std::filesystem::path file = directory.path() / "admin-password";
    std::ofstream(file) << "open sesame\n";
    Config config;
    config.data = directory.path().string();
    EXPECT_THAT(banner(config, {"http://127.0.0.1:5000"}, std::nullopt),
                HasSubstr("account     admin, password in " + file.string() + "\n"));
}

TEST(Banner, ShowsTheFirstPassword) {
    const std::string text = banner(Config(), {"http://[::1]:5000"}, "open sesame");
    EXPECT_THAT(text, HasSubstr("password open sesame (shown this once"));
    EXPECT_THAT(text, HasSubstr("docker login -u admin [::1]:5000\n"));
}

TEST(Banner, WithTlsClientsVerify) {
    Config config;
    config.anonymous = auth::AnonymousAccess::read;
    const std::string text =
        banner(config, {"https://127.0.0.1:5443", "http://127.0.0.1:5000"}, std::nullopt);
    EXPECT_THAT(text, HasSubstr("\n  listening   https://127.0.0.1:5443\n"
                                "  listening   http://127.0.0.1:5000\n"));
    EXPECT_THAT(text, HasSubstr("docker login -u admin 127.0.0.1:5443\n"));
    EXPECT_THAT(text, Not(HasSubstr("tls-verify")));
    EXPECT_THAT(text, HasSubstr("\n  anonymous   may pull\n"));
}

TEST(Banner, NamesTheRepositoriesThatAnonymousIsAbout) {
    Config config;
    config.anonymous = auth::AnonymousAccess::read;
    config.anonymous_repositories = "public/*,library/*";
    EXPECT_THAT(banner(config, {"http://127.0.0.1:5000"}, std::nullopt),
                HasSubstr("\n  anonymous   may pull; only public/*,library/*\n"));
    config.anonymous = auth::AnonymousAccess::none;
    EXPECT_THAT(banner(config, {"http://127.0.0.1:5000"}, std::nullopt),
                Not(HasSubstr("public/*")));
}

}  // namespace
}  // namespace berth::app
