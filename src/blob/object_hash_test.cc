// SPDX-License-Identifier: Apache-2.0
#include "blob/object_hash.h"

#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <fstream>
#include <string>

namespace berth::blob {
namespace {

class ObjectHashTest : public testing::Test {
  protected:
    io::FileHandle file(const std::string& content) const {
        const std::filesystem::path path = directory_.path() / "object";
        std::ofstream(path, std::ios::binary) << content;
        return io::FileHandle(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    }

    static std::string content(std::size_t size) {
        std::string text(size, '\0');
        for (std::size_t i = 0; i < size; ++i) {
            text[i] = static_cast<char>('a' + i * i % 23);
        }
        return text;
    }

    io::TemporaryDirectory directory_;
};

TEST_F(ObjectHashTest, IsThatOfTheBytesWhateverTheirNumber) {
    for (const std::size_t size :
         {0U, 1U, 511U, 512U, 4097U, 1U << 20, (1U << 20) + 1, 3'000'001U}) {
        const std::string text = content(size);
        for (const auto algorithm : {oci::Algorithm::sha256, oci::Algorithm::sha512}) {
            const io::FileHandle handle = file(text);
            const auto hash = hash_object(handle, size, algorithm);
            ASSERT_TRUE(hash) << hash.error().log_detail;
            EXPECT_EQ(*hash, oci::digest_of(algorithm, as_bytes(text))) << size;
        }
    }
}

TEST_F(ObjectHashTest, GoesInSteps) {
    const io::FileHandle handle = file(content((2 << 20) + 5));
    ObjectHash hash(handle, (2 << 20) + 5, oci::Algorithm::sha256);
    EXPECT_EQ(hash.step(), ObjectHash::kStepBytes);
    EXPECT_EQ(hash.step(), ObjectHash::kStepBytes);
    EXPECT_FALSE(hash.is_done());
    EXPECT_EQ(hash.step(), 5U);
    EXPECT_TRUE(hash.is_done());
}

TEST_F(ObjectHashTest, AFileThatEndsEarlyIsDamage) {
    const io::FileHandle handle = file("short");
    EXPECT_EQ(hash_object(handle, 6, oci::Algorithm::sha256).error().code, Errc::corrupt);
}

TEST_F(ObjectHashTest, AFileThatCannotBeReadIsNot) {
    const io::FileHandle folder(::open(directory_.path().c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(hash_object(folder, 6, oci::Algorithm::sha256).error().code, Errc::io_error);
}

}  // namespace
}  // namespace berth::blob
