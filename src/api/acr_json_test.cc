// SPDX-License-Identifier: Apache-2.0
//
// The documents byte for byte: values are made up, order and lengths are those of acr-wire.
#include "api/acr_json.h"

#include <gtest/gtest.h>

namespace berth::api {
namespace {

constexpr std::string_view kHost = "myreg.azurecr.io";
constexpr const char* kFour = R"("changeableAttributes":{"deleteEnabled":true,"writeEnabled":true,)"
                              R"("readEnabled":true,"listEnabled":true)";

// 2024-05-02T09:12:54Z.
constexpr std::int64_t kSecond = 1'714'641'174 * kTicksPerSecond;

oci::Digest digest_of(char digit) {
    return oci::Digest::parse("sha256:" + std::string(64, digit)).value();
}

std::string text_of(char digit) {
    return "\"sha256:" + std::string(64, digit) + "\"";
}

TEST(AcrJson, Repository) {
    registry::RepositoryRow row;
    row.manifest_count = 1;
    row.tag_count = 2;
    row.created = Timestamp{kSecond + 7310264};
    row.updated = Timestamp{kSecond + 1189470};
    EXPECT_EQ(repository_json(kHost, "hello-world", row),
              R"({"registry":"myreg.azurecr.io","imageName":"hello-world",)"
              R"("createdTime":"2024-05-02T09:12:54.7310264Z",)"
              R"("lastUpdateTime":"2024-05-02T09:12:54.118947Z","manifestCount":1,"tagCount":2,)" +
                  std::string(kFour) + ",\"teleportEnabled\":false}}\n");
}

TEST(AcrJson, EachFlagHasItsPlace) {
    registry::RepositoryRow row;
    row.attributes.write_enabled = false;
    row.attributes.list_enabled = false;
    row.teleport_enabled = true;
    const std::string text = repository_json(kHost, "n", row);
    EXPECT_TRUE(text.ends_with(
        R"({"deleteEnabled":true,"writeEnabled":false,"readEnabled":true,"listEnabled":false,)"
        R"("teleportEnabled":true}})"
        "\n"))
        << text;
}

TEST(AcrJson, RemovedRepository) {
    registry::RemovedRepository removed;
    removed.manifests = {"sha256:0b51", "sha256:1c9e"};
    removed.tags = {"latest"};
    EXPECT_EQ(removed_repository_json(removed),
              R"({"manifestsDeleted":["sha256:0b51","sha256:1c9e"],"tagsDeleted":["latest"]})"
              "\n");
    removed.tags.clear();
    EXPECT_EQ(removed_repository_json(removed),
              R"({"manifestsDeleted":["sha256:0b51","sha256:1c9e"],"tagsDeleted":null})"
              "\n");
}

registry::TagRow tag_row() {
    registry::TagRow row("3.15.6", digest_of('5'));
    row.created = Timestamp{kSecond};
    row.updated = Timestamp{kSecond + 6408213};
    return row;
}

std::string tag_text(const std::string& quarantine = "") {
    return R"({"name":"3.15.6","digest":)" + text_of('5') +
           R"(,"createdTime":"2024-05-02T09:12:54Z",)"
           R"("lastUpdateTime":"2024-05-02T09:12:54.6408213Z","signed":false,)" +
           quarantine + kFour + "}}";
}

TEST(AcrJson, Tag) {
    const std::string begin = R"({"registry":"myreg.azurecr.io","imageName":"alpine","tag":)";
    registry::TagRow row = tag_row();
    EXPECT_EQ(tag_json(kHost, "alpine", row), begin + tag_text() + "}\n");
    row.quarantine_state = "Passed";
    EXPECT_EQ(tag_json(kHost, "alpine", row),
              begin + tag_text("\"quarantineState\":\"Passed\",") + "}\n");
}

TEST(AcrJson, Tags) {
    const std::string begin = R"({"registry":"myreg.azurecr.io","imageName":"alpine","tags":)";
    EXPECT_EQ(tags_json(kHost, "alpine", {tag_row(), tag_row()}),
              begin + "[" + tag_text() + "," + tag_text() + "]}\n");
    EXPECT_EQ(tags_json(kHost, "alpine", {}), begin + "null}\n");
    // acr-wire 8.1: recorded with a host of 23 characters and a name of 12.
    EXPECT_EQ(tags_json("12345678901234567890123", "123456789012", {}).size(), 78U);
}

registry::ManifestRow image_row() {
    registry::ManifestRow row(digest_of('0'));
    row.image_size = 4709;
    row.created = Timestamp{kSecond + 9017362};
    row.updated = Timestamp{kSecond + 9017362};
    row.architecture = "386";
    row.os = "linux";
    row.media_type = "application/vnd.docker.distribution.manifest.v2+json";
    row.config_media_type = "application/vnd.docker.container.image.v1+json";
    row.tags = {"1.0.0", "prod"};
    return row;
}

/// Up to where the quarantine, then the end, follows.
std::string image_text() {
    return R"({"digest":)" + text_of('0') +
           R"(,"imageSize":4709,"createdTime":"2024-05-02T09:12:54.9017362Z",)"
           R"("lastUpdateTime":"2024-05-02T09:12:54.9017362Z","architecture":"386","os":"linux",)"
           R"("mediaType":"application/vnd.docker.distribution.manifest.v2+json",)"
           R"("configMediaType":"application/vnd.docker.container.image.v1+json",)"
           R"("tags":["1.0.0","prod"],)" +
           kFour;
}

registry::ManifestRow index_row() {
    registry::ManifestRow row(digest_of('f'));
    row.image_size = 224446477;
    row.created = Timestamp{kSecond};
    row.updated = Timestamp{kSecond};
    row.media_type = "application/vnd.oci.image.index.v1+json";
    return row;
}

std::string index_text() {
    return R"({"digest":)" + text_of('f') +
           R"(,"imageSize":224446477,"createdTime":"2024-05-02T09:12:54Z",)"
           R"("lastUpdateTime":"2024-05-02T09:12:54Z",)"
           R"("mediaType":"application/vnd.oci.image.index.v1+json",)" +
           kFour + "}";
}

TEST(AcrJson, Manifests) {
    const std::string begin = R"({"registry":"myreg.azurecr.io","imageName":"n","manifests":[)";
    EXPECT_EQ(manifests_json(kHost, "n", {image_row(), index_row()}),
              begin + image_text() + "}}," + index_text() + "}]}\n");
    EXPECT_EQ(manifests_json(kHost, "n", {}),
              "{\"registry\":\"myreg.azurecr.io\",\"imageName\":\"n\",\"manifests\":null}\n");
}

TEST(AcrJson, ALargeImageSize) {
    registry::ManifestRow row = index_row();
    row.image_size = 18'000'000'000'000'000'000U;
    EXPECT_NE(manifests_json(kHost, "n", {row}).find("\"imageSize\":18000000000000000000,"),
              std::string::npos);
}

TEST(AcrJson, ListsShowTheQuarantinesStateSingleViewsItsDetailsToo) {
    registry::ManifestRow row = image_row();
    row.quarantine_state = "Passed";
    row.quarantine_details = R"({"state":"scan passed"})";
    EXPECT_EQ(manifests_json(kHost, "n", {row}),
              R"({"registry":"myreg.azurecr.io","imageName":"n","manifests":[)" + image_text() +
                  R"(,"quarantineState":"Passed"}}]})"
                  "\n");
    EXPECT_EQ(manifest_json(kHost, "n", registry::ManifestDetails(row)),
              R"({"registry":"myreg.azurecr.io","imageName":"n","manifest":)" + image_text() +
                  R"(,"quarantineDetails":"{\"state\":\"scan passed\"}",)"
                  R"("quarantineState":"Passed"}}})"
                  "\n");
}

TEST(AcrJson, AnIndexEndsWithItsChildren) {
    registry::ManifestDetails details(index_row());
    details.children.emplace_back(digest_of('a'), "amd64", "linux");
    details.children.emplace_back(digest_of('b'), "arm", "linux");
    details.children.emplace_back(digest_of('b'), "arm", "linux");
    details.children.emplace_back(digest_of('c'), "", "");
    EXPECT_EQ(manifest_json(kHost, "n", details),
              R"({"registry":"myreg.azurecr.io","imageName":"n","manifest":)" + index_text() +
                  R"(,"references":[{"digest":)" + text_of('a') +
                  R"(,"architecture":"amd64","os":"linux"},{"digest":)" + text_of('b') +
                  R"(,"architecture":"arm","os":"linux"},{"digest":)" + text_of('b') +
                  R"(,"architecture":"arm","os":"linux"},{"digest":)" + text_of('c') + "}]}}\n");
}

TEST(AcrJson, AnImageHasNoReferences) {
    EXPECT_EQ(
        manifest_json(kHost, "n", registry::ManifestDetails(image_row())),
        R"({"registry":"myreg.azurecr.io","imageName":"n","manifest":)" + image_text() + "}}}\n");
}

}  // namespace
}  // namespace berth::api
