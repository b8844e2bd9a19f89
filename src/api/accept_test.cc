// SPDX-License-Identifier: Apache-2.0
#include "api/accept.h"

#include "oci/media_type.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::api {
namespace {

/// "" when accepted, else the message.
std::string refusal(std::string_view accept, std::string_view stored) {
    const Result<void> outcome = check_accept(accept, stored);
    if (outcome) {
        return "";
    }
    EXPECT_EQ(outcome.error().code, Errc::manifest_unknown);
    return outcome.error().message;
}

TEST(CheckAccept, WhatIsStoredIsAcceptedByNameOrWildcard) {
    const std::string index(oci::kOciIndex);
    for (const std::string& accept :
         {std::string(), index, "application/json, " + index, index + ";q=0.5, text/plain",
          std::string("*/*"), std::string("text/html, */*;q=0.1"), std::string("application/*"),
          std::string("APPLICATION/VND.OCI.IMAGE.INDEX.V1+JSON"),
          // acr-wire 10.1: the az CLI
          std::string("*/*, application/vnd.cncf.oras.artifact.manifest.v1+json")}) {
        EXPECT_EQ(refusal(accept, oci::kOciIndex), "") << accept;
    }
}

TEST(CheckAccept, OciTypesThatAreNotWantedAreNotFound) {
    const std::string docker(oci::kDockerManifest);
    EXPECT_EQ(refusal(docker, oci::kOciManifest),
              "OCI manifest found, but accept header does not support OCI manifests");
    EXPECT_EQ(refusal(docker, oci::kOciIndex),
              "OCI index found, but accept header does not support OCI indexes");
    EXPECT_EQ(refusal(docker, oci::kOciArtifact),
              "OCI artifact found, but accept header does not support OCI artifacts");
    EXPECT_NE(refusal(",,;", oci::kOciManifest), "");
}

TEST(CheckAccept, DockerTypesAreAnsweredAsStored) {
    EXPECT_EQ(refusal("application/json", oci::kDockerManifest), "");
    EXPECT_EQ(refusal("application/json", oci::kDockerList), "");
}

}  // namespace
}  // namespace berth::api
