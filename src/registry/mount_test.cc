// SPDX-License-Identifier: Apache-2.0
#include "registry/testing/registry_fixture.h"
#include "registry/upload_service.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::registry {
namespace {

class MountTest : public RegistryTest {
  protected:
    MountTest() { EXPECT_TRUE(push("source", "hello")); }

    bool mount(const std::string& target, const std::string& from, const MayPull& may_pull) {
        std::optional<oci::Repository> source;
        if (!from.empty()) {
            source = repository(from);
        }
        return io::run_task(uploads().mount(repository(target), digest_, source, may_pull)).value();
    }

    static MayPull only(const std::string& name) {
        return [name](const oci::Repository& asked) { return asked.text() == name; };
    }

    const oci::Digest digest_ = sha256("hello");
};

TEST_F(MountTest, FromANamedRepository) {
    EXPECT_TRUE(mount("target", "source", only("source")));
    EXPECT_EQ(pull("target", digest_), "hello");
    EXPECT_EQ(files_below("blobs"), 1U);
}

TEST_F(MountTest, NeedsTheRightToPullFromThere) {
    EXPECT_FALSE(mount("target", "source", only("target")));
    EXPECT_EQ(pull("target", digest_), "[blob_unknown]");
}

TEST_F(MountTest, NeedsTheLinkThere) {
    EXPECT_FALSE(mount("target", "elsewhere", allow_all));
    ASSERT_TRUE(io::run_task(blobs().remove(repository("source"), digest_)));
    EXPECT_FALSE(mount("target", "source", allow_all));
    EXPECT_FALSE(mount("target", "", allow_all));
    EXPECT_EQ(pull("target", digest_), "[blob_unknown]");
}

TEST_F(MountTest, ForeignNameDoesNotTellWhatTheTargetHas) {
    ASSERT_TRUE(mount("target", "source", allow_all));
    EXPECT_FALSE(mount("target", "source", only("target")));
    EXPECT_FALSE(mount("target", "elsewhere", only("target")));
}

TEST_F(MountTest, WithoutAName) {
    EXPECT_TRUE(mount("target", "", only("source")));
    EXPECT_EQ(pull("target", digest_), "hello");
    EXPECT_FALSE(mount("third", "", only("elsewhere")));
    EXPECT_TRUE(mount("target", "", only("target"))) << "it is there already";
    EXPECT_FALSE(mount("target", "", only("elsewhere")));
}

TEST_F(MountTest, WithoutANameOneOfManyWillDo) {
    for (const char* name : {"a", "b", "c"}) {
        ASSERT_TRUE(push(name, "hello"));
    }
    std::vector<std::string> asked;
    const MayPull may_pull = [&asked](const oci::Repository& name) {
        asked.push_back(name.text());
        return name.text() == "b";
    };
    EXPECT_TRUE(mount("target", "", may_pull));
    EXPECT_EQ(asked.back(), "b");
}

TEST_F(MountTest, WithoutANameAsManyAreAskedAsThereMayBe) {
    for (int i = 0; i < 70; ++i) {
        ASSERT_TRUE(mount("r" + std::to_string(i), "source", allow_all));
    }
    std::size_t asked = 0;
    const MayPull never = [&asked](const oci::Repository&) {
        ++asked;
        return false;
    };
    EXPECT_FALSE(mount("target", "", never));
    EXPECT_EQ(asked, 64U);
}

TEST_F(MountTest, FromTheTargetItself) {
    EXPECT_TRUE(mount("source", "source", allow_all));
    EXPECT_FALSE(mount("target", "target", allow_all));
}

TEST_F(MountTest, DamagedCopyIsUploadedInstead) {
    std::filesystem::remove(only_object());
    EXPECT_FALSE(mount("target", "source", allow_all));
    EXPECT_FALSE(mount("target", "", allow_all));
}

}  // namespace
}  // namespace berth::registry
