// SPDX-License-Identifier: Apache-2.0
#include "auth/admin_account.h"

#include "auth/password.h"
#include "auth/testing/accounts_fixture.h"
#include "base/try.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <sys/stat.h>

namespace berth::auth {
namespace {

class AdminAccount : public AccountsFixture {
  protected:
    std::string file_text() const {
        std::ifstream file(path_);
        return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    }

    /// As at a start.
    Result<std::optional<std::string>> ensure_admin(const std::filesystem::path& file) {
        BERTH_TRY(auto password, prepare_admin(*database_, file));
        if (password) {
            BERTH_TRY_VOID(create_admin(*database_, *password));
        }
        return password;
    }

    const std::filesystem::path path_ = directory_ / "admin-password";
};

TEST_F(AdminAccount, FirstStartMakesAccountAndFile) {
    const auto password = ensure_admin(path_);
    ASSERT_TRUE(password.has_value()) << password.error().log_detail;
    ASSERT_TRUE(password->has_value());
    EXPECT_GE((*password)->size(), 20U);
    EXPECT_EQ(file_text(), **password + "\n");

    struct stat status{};
    ASSERT_EQ(::stat(path_.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);

    const auto row = find("admin");
    ASSERT_TRUE(row.has_value());
    EXPECT_TRUE(row->enabled);
    EXPECT_TRUE(verify_password(**password, row->passwords.front()->hash));
    EXPECT_EQ(row->passwords.front()->hash.find(**password), std::string::npos);
}

TEST_F(AdminAccount, ThePasswordIsThereBeforeTheAccount) {
    const auto password = prepare_admin(*database_, path_);
    ASSERT_TRUE(password && *password);
    EXPECT_EQ(file_text(), **password + "\n");
    EXPECT_FALSE(find("admin").has_value());
    ASSERT_TRUE(create_admin(*database_, **password));
    EXPECT_TRUE(find("admin").has_value());
}

TEST_F(AdminAccount, LaterStartsChangeNothing) {
    ASSERT_TRUE(ensure_admin(path_).has_value());
    const std::string text = file_text();
    const auto again = ensure_admin(path_);
    ASSERT_TRUE(again.has_value());
    EXPECT_FALSE(again->has_value());
    EXPECT_EQ(file_text(), text);
}

TEST_F(AdminAccount, AnyAccountIsEnough) {
    put("somebody", "$y$hash");
    const auto password = ensure_admin(path_);
    ASSERT_TRUE(password.has_value());
    EXPECT_FALSE(password->has_value());
    EXPECT_FALSE(std::filesystem::exists(path_));
}

// What a start that died between the file and the commit leaves behind.
TEST_F(AdminAccount, FileWithoutAccountIsReplaced) {
    std::ofstream(path_) << "stale\n";
    std::ofstream(path_.string() + ".new") << "half";
    std::filesystem::permissions(path_, std::filesystem::perms(0644));
    const auto password = ensure_admin(path_);
    ASSERT_TRUE(password.has_value() && password->has_value());
    EXPECT_EQ(file_text(), **password + "\n");
    EXPECT_EQ(std::filesystem::status(path_).permissions(), std::filesystem::perms(0600));
    EXPECT_FALSE(std::filesystem::exists(path_.string() + ".new"));
}

TEST_F(AdminAccount, LinkIsNotFollowed) {
    const std::filesystem::path victim = directory_ / "victim";
    std::ofstream(victim) << "untouched";
    std::filesystem::create_symlink(victim, path_.string() + ".new");
    std::filesystem::create_symlink(victim, path_);
    ASSERT_TRUE(ensure_admin(path_).has_value());
    EXPECT_FALSE(std::filesystem::is_symlink(path_));
    EXPECT_EQ(std::filesystem::file_size(victim), 9U);
}

TEST_F(AdminAccount, NoFileNoAccount) {
    const auto password = ensure_admin(directory_ / "absent" / "admin-password");
    EXPECT_FALSE(password.has_value());
    EXPECT_FALSE(find("admin").has_value());
}

}  // namespace
}  // namespace berth::auth
