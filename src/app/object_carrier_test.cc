// SPDX-License-Identifier: Apache-2.0
#include "app/object_carrier.h"

#include "io/testing/temporary_directory.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

namespace berth::app {
namespace {

using Outcome = ObjectCarrier::Outcome;

class ObjectCarrierTest : public testing::Test {
  protected:
    ObjectCarrierTest() { std::ofstream(from(), std::ios::binary) << kContent; }

    std::filesystem::path from() const { return directory_.path() / "object"; }

    std::filesystem::path to() const { return directory_.path() / "a" / "b" / "object"; }

    Result<Outcome> carry(ObjectCarrier& carrier, std::uint64_t size) {
        return carrier.carry(from(), to(), size, [this](std::uint64_t bytes) { moved_ += bytes; });
    }

    static std::string read(const std::filesystem::path& path) {
        std::ifstream file(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    const std::string kContent = std::string(3'000'000, 'x') + "end";
    io::TemporaryDirectory directory_;
    std::unique_ptr<io::FileSystem> files_ = io::real_file_system();
    std::uint64_t moved_ = 0;
};

TEST_F(ObjectCarrierTest, BringsOnceByWhateverWorks) {
    for (const auto method : {std::optional<CarryMethod>(), std::optional(CarryMethod::hard_link),
                              std::optional(CarryMethod::copy)}) {
        std::filesystem::remove_all(directory_.path() / "a");
        moved_ = 0;
        ObjectCarrier carrier(*files_, method);
        EXPECT_FALSE(carrier.used());
        EXPECT_EQ(carry(carrier, kContent.size()), Outcome::brought);
        EXPECT_EQ(read(to()), kContent);
        EXPECT_EQ(moved_, kContent.size());
        EXPECT_EQ(carry(carrier, kContent.size()), Outcome::was_there);
        EXPECT_EQ(moved_, kContent.size());
        EXPECT_TRUE(carrier.sync_directories(directory_.path()));
        const bool linked = std::filesystem::hard_link_count(to()) == 2;
        EXPECT_EQ(linked, carrier.used() == CarryMethod::hard_link);
        EXPECT_TRUE(!method || carrier.used() == method);
    }
}

TEST_F(ObjectCarrierTest, SaysWhatIsWrongWithTheSource) {
    ObjectCarrier carrier(*files_, std::nullopt);
    EXPECT_EQ(carry(carrier, kContent.size() + 1), Outcome::source_damaged);
    std::filesystem::remove(from());
    EXPECT_EQ(carry(carrier, kContent.size()), Outcome::source_missing);
    EXPECT_FALSE(std::filesystem::exists(to()));
}

TEST_F(ObjectCarrierTest, WhatIsThereInAnotherSizeIsReplaced) {
    for (const auto method : {CarryMethod::hard_link, CarryMethod::copy}) {
        std::filesystem::remove_all(directory_.path() / "a");
        std::filesystem::create_directories(to().parent_path());
        std::ofstream(to()) << "half";
        ObjectCarrier carrier(*files_, method);
        EXPECT_EQ(carry(carrier, kContent.size()), Outcome::brought);
        EXPECT_EQ(read(to()), kContent);
    }
}

TEST(CarryMethodTest, HasNames) {
    for (const auto method : {CarryMethod::reflink, CarryMethod::hard_link, CarryMethod::copy}) {
        EXPECT_EQ(parse_carry_method(name_of(method)), method);
    }
    EXPECT_FALSE(parse_carry_method("magic"));
}

}  // namespace
}  // namespace berth::app
