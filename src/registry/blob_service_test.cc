// SPDX-License-Identifier: Apache-2.0
#include "registry/blob_service.h"

#include "registry/testing/registry_fixture.h"

#include <gtest/gtest.h>

namespace berth::registry {
namespace {

using io::run_task;

class BlobServiceTest : public RegistryTest {
  protected:
    /// Where blobs are: with a limit of 0 in files.
    void start(std::uint32_t inline_max) {
        Limits limits;
        limits.inline_blob_bytes_max = inline_max;
        restart(limits);
    }

    Result<std::uint64_t> stat(const std::string& name, std::string_view text) {
        return run_task(blobs().stat(repository(name), sha256(text)));
    }

    Result<void> remove(const std::string& name, std::string_view text) {
        return run_task(blobs().remove(repository(name), sha256(text)));
    }
};

TEST_F(BlobServiceTest, OpensFilesAndRowsAlike) {
    for (const std::uint32_t inline_max : {0U, 16U}) {
        start(inline_max);
        const std::string text = "blob " + std::to_string(inline_max);
        ASSERT_TRUE(push("app", text));
        const auto opened = run_task(blobs().open(repository("app"), sha256(text)));
        ASSERT_TRUE(opened);
        EXPECT_EQ(opened->size, text.size());
        EXPECT_EQ(std::holds_alternative<std::string>(opened->bytes), inline_max > 0);
        EXPECT_EQ(pull("app", sha256(text)), text);
        EXPECT_EQ(stat("app", text), text.size());
    }
}

TEST_F(BlobServiceTest, IsAsUnknownWhereItIsNotLinkedAsWhereNothingIs) {
    for (const std::uint32_t inline_max : {0U, 16U}) {
        start(inline_max);
        ASSERT_TRUE(push("app", "hello"));
        EXPECT_EQ(stat("other", "hello").error().code, Errc::blob_unknown);
        EXPECT_EQ(pull("other", sha256("hello")), "[blob_unknown]");
        EXPECT_EQ(stat("app", "never pushed").error().code, Errc::blob_unknown);
    }
}

TEST_F(BlobServiceTest, RemovesTheLinkOfOneRepository) {
    for (const std::uint32_t inline_max : {0U, 16U}) {
        start(inline_max);
        ASSERT_TRUE(push("app", "hello"));
        ASSERT_TRUE(push("other", "hello"));
        ASSERT_TRUE(remove("app", "hello"));
        EXPECT_EQ(remove("app", "hello").error().code, Errc::blob_unknown);
        EXPECT_EQ(pull("app", sha256("hello")), "[blob_unknown]");
        EXPECT_EQ(pull("other", sha256("hello")), "hello");
    }
}

}  // namespace
}  // namespace berth::registry
