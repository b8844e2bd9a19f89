// SPDX-License-Identifier: Apache-2.0
#include "oci/image_config.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::oci {
namespace {

std::string platform_of(const std::string& config) {
    const Platform platform = parse_image_config(as_bytes(config));
    return platform.os + "/" + platform.architecture;
}

TEST(ImageConfig, ReadsArchitectureAndOs) {
    EXPECT_EQ(platform_of(R"({"architecture":"arm64","os":"linux","rootfs":{"diff_ids":[]}})"),
              "linux/arm64");
}

TEST(ImageConfig, EachMayBeAbsent) {
    EXPECT_EQ(platform_of(R"({"os":"linux"})"), "linux/");
    EXPECT_EQ(platform_of(R"({"architecture":"wasm"})"), "/wasm");
    EXPECT_EQ(platform_of("{}"), "/");
}

TEST(ImageConfig, WhatIsNoTextOrTooLongIsAbsent) {
    EXPECT_EQ(platform_of(R"({"architecture":7,"os":null})"), "/");
    const std::string longest(kPlatformTextMax, 'a');
    EXPECT_EQ(platform_of(R"({"os":")" + longest + R"("})"), longest + "/");
    EXPECT_EQ(platform_of(R"({"os":")" + longest + R"(a"})"), "/");
}

TEST(ImageConfig, AnythingMayBeAConfig) {
    EXPECT_EQ(platform_of(""), "/");
    EXPECT_EQ(platform_of("not JSON"), "/");
    EXPECT_EQ(platform_of("[]"), "/");
    EXPECT_EQ(platform_of(std::string(10'000, '[')), "/");
    EXPECT_EQ(platform_of(R"({"os":"a","os":"b"})"), "/");
    EXPECT_EQ(platform_of(std::string("{\"os\":\"li\xff\"}")), "/");
    EXPECT_EQ(platform_of("{\"a\":[1" + std::string(300'000, ',') + "1]}"), "/");
}

}  // namespace
}  // namespace berth::oci
