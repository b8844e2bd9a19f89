// SPDX-License-Identifier: Apache-2.0
#include "oci/manifest.h"

#include "base/limits.h"
#include "oci/json_scan.h"

#include <gmock/gmock.h>

#include <string>

namespace berth::oci {
namespace {

const std::string kA = "sha256:" + std::string(64, 'a');
const std::string kB = "sha256:" + std::string(64, 'b');
const std::string kC = "sha512:" + std::string(128, 'c');
const std::string kConfigType = "application/vnd.oci.image.config.v1+json";
const std::string kLayerType = "application/vnd.oci.image.layer.v1.tar+gzip";

std::string descriptor(const std::string& type, const std::string& digest,
                       const std::string& more = "") {
    return R"({"mediaType":")" + type + R"(","digest":")" + digest + R"(","size":7)" + more + "}";
}

std::string document(std::string_view type, const std::string& members) {
    const std::string media_type =
        type.empty() ? "" : R"(,"mediaType":")" + std::string(type) + "\"";
    return R"({"schemaVersion":2)" + media_type + members + "}";
}

std::string image_members() {
    return R"(,"config":)" + descriptor(kConfigType, kA) + R"(,"layers":[)" +
           descriptor(kLayerType, kB) + "," + descriptor(kLayerType, kC) + "]";
}

Result<Manifest> parse(std::string_view content_type, const std::string& text) {
    return parse_manifest(content_type, as_bytes(text));
}

TEST(Manifest, OciImage) {
    const auto manifest = parse(kOciManifest, document(kOciManifest, image_members()));
    ASSERT_TRUE(manifest);
    EXPECT_EQ(manifest->kind, ManifestKind::oci_image);
    EXPECT_EQ(manifest->media_type, kOciManifest);
    EXPECT_EQ(manifest->config_media_type, kConfigType);
    EXPECT_EQ(manifest->artifact_type, kConfigType);
    EXPECT_FALSE(manifest->subject);
    EXPECT_EQ(manifest->annotations_json, "");
    ASSERT_EQ(manifest->references.size(), 3U);
    EXPECT_EQ(manifest->references[0].role, ReferenceRole::config);
    EXPECT_EQ(manifest->references[0].digest.text(), kA);
    EXPECT_EQ(manifest->references[0].size, 7U);
    EXPECT_EQ(manifest->references[1].role, ReferenceRole::layer);
    EXPECT_EQ(manifest->references[1].media_type, kLayerType);
    EXPECT_EQ(manifest->references[2].digest.text(), kC);
    EXPECT_FALSE(manifest->references[2].may_be_absent);
}

TEST(Manifest, IndexWithPlatforms) {
    const std::string children =
        R"(,"manifests":[)" +
        descriptor(
            std::string(kOciManifest), kA,
            R"(,"platform":{"architecture":"arm","os":"linux","variant":"v7","os.version":"1"})") +
        "," + descriptor(std::string(kOciIndex), kB) + "]";
    for (const std::string_view type : {kOciIndex, kDockerList}) {
        const auto manifest = parse(type, document(type, children));
        ASSERT_TRUE(manifest) << type;
        EXPECT_EQ(manifest->kind, kind_of(type));
        EXPECT_EQ(manifest->config_media_type, "");
        EXPECT_EQ(manifest->artifact_type, "");
        ASSERT_EQ(manifest->references.size(), 2U);
        EXPECT_EQ(manifest->references[0].role, ReferenceRole::child);
        ASSERT_TRUE(manifest->references[0].platform);
        EXPECT_EQ(manifest->references[0].platform->architecture, "arm");
        EXPECT_EQ(manifest->references[0].platform->os, "linux");
        EXPECT_EQ(manifest->references[0].platform->variant, "v7");
        EXPECT_FALSE(manifest->references[1].platform);
    }
}

TEST(Manifest, ArtifactsAndAnnotations) {
    const std::string members =
        image_members() + R"(,"artifactType":"application/x.sbom","subject":)" +
        descriptor(std::string(kOciManifest), kC) +
        R"(,"annotations":{"z":"1","a":"\u00e9\n\"","m":""},"extra":{"a":[1,null,2.5]})";
    const auto manifest = parse(kOciManifest, document(kOciManifest, members));
    ASSERT_TRUE(manifest);
    EXPECT_EQ(manifest->artifact_type, "application/x.sbom");
    EXPECT_EQ(manifest->subject->text(), kC);
    EXPECT_EQ(manifest->annotations_json, "{\"z\":\"1\",\"a\":\"\xc3\xa9\\n\\\"\",\"m\":\"\"}");
    EXPECT_EQ(manifest->references.size(), 3U);  // the subject is no reference
}

TEST(Manifest, WithdrawnArtifact) {
    for (const std::string_view type : {kOciArtifact, kOrasArtifact}) {
        const std::string text = R"({"mediaType":")" + std::string(type) +
                                 R"(","artifactType":"x/y","blobs":[)" +
                                 descriptor("text/plain", kA) + R"(],"subject":)" +
                                 descriptor(std::string(kOciManifest), kB) + "}";
        const auto manifest = parse(type, text);
        ASSERT_TRUE(manifest) << type;
        EXPECT_EQ(manifest->kind, ManifestKind::oci_artifact);
        EXPECT_EQ(manifest->artifact_type, "x/y");
        EXPECT_EQ(manifest->subject->text(), kB);
        ASSERT_EQ(manifest->references.size(), 1U);
        EXPECT_EQ(manifest->references[0].role, ReferenceRole::layer);
    }
}

TEST(Manifest, NonDistributableLayersMayBeAbsent) {
    const std::string docker_layer = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
    const std::string oci_layer = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";
    const std::string members = R"(,"config":)" + descriptor(kConfigType, kA) + R"(,"layers":[)" +
                                descriptor(docker_layer, kB, R"(,"urls":["https://x/y"])") + "," +
                                descriptor(oci_layer, kC) + "]";
    const auto manifest = parse(kDockerManifest, document(kDockerManifest, members));
    ASSERT_TRUE(manifest);
    EXPECT_FALSE(manifest->references[0].may_be_absent);
    EXPECT_TRUE(manifest->references[1].may_be_absent);
    EXPECT_TRUE(manifest->references[2].may_be_absent);
}

struct Accepted {
    const char* what;
    std::string_view content_type;
    std::string text;
    std::string_view media_type;
    std::size_t references;
};

TEST(Manifest, Accepts) {
    const std::string config = R"(,"config":)" + descriptor(kConfigType, kA);
    const std::string child = R"(,"manifests":[)" + descriptor(std::string(kOciIndex), kA) + "]";
    const std::string null_lists = R"(,"layers":null,"subject":null,"annotations":null)";
    const Accepted cases[] = {
        {"docker image", kDockerManifest, document(kDockerManifest, image_members()),
         kDockerManifest, 3},
        {"no mediaType", kOciManifest, document("", image_members()), kOciManifest, 3},
        {"parameters and letter case", "Application/vnd.OCI.image.manifest.v1+json ; charset=utf-8",
         document(kOciManifest, image_members()), kOciManifest, 3},
        {"no Content-Type", "", document(kDockerManifest, image_members()), kDockerManifest, 3},
        {"generic Content-Type", "application/json", document(kOciIndex, child), kOciIndex, 1},
        {"inferred image", "", document("", image_members()), kOciManifest, 3},
        {"inferred index", "application/json", document("", child), kOciIndex, 1},
        {"no layers", kOciManifest, document(kOciManifest, config), kOciManifest, 1},
        {"null lists", kOciManifest, document("", config + null_lists), kOciManifest, 1},
        {"empty layers", kOciManifest, document("", config + R"(,"layers":[])"), kOciManifest, 1},
        {"empty index", kOciIndex, document(kOciIndex, R"(,"manifests":[])"), kOciIndex, 0},
        {"empty inferred index", "", document("", R"(,"manifests":[])"), kOciIndex, 0},
        {"index without list", kOciIndex, document(kOciIndex, ""), kOciIndex, 0},
        {"nested index", kOciIndex, document(kOciIndex, child), kOciIndex, 1},
        {"data in a descriptor", kOciManifest,
         document("", R"(,"config":)" + descriptor(kConfigType, kA, R"(,"data":"e30=")")),
         kOciManifest, 1},
        {"same digest twice", kOciManifest,
         document("", R"(,"config":)" + descriptor(kConfigType, kA) + R"(,"layers":[)" +
                          descriptor(kLayerType, kA) + "," + descriptor(kLayerType, kA) + "]"),
         kOciManifest, 3},
        {"white space", kOciManifest, "\n " + document("", image_members()) + "\r\n\t",
         kOciManifest, 3},
    };
    for (const Accepted& c : cases) {
        const auto manifest = parse(c.content_type, c.text);
        ASSERT_TRUE(manifest) << c.what << ": " << manifest.error().log_detail;
        EXPECT_EQ(manifest->media_type, c.media_type) << c.what;
        EXPECT_EQ(manifest->references.size(), c.references) << c.what;
    }
}

struct Refused {
    std::string text;
    const char* why;
};

void expect_invalid(std::string_view content_type, const Refused& c) {
    const auto manifest = parse(content_type, c.text);
    ASSERT_FALSE(manifest) << c.text;
    EXPECT_EQ(manifest.error().code, Errc::manifest_invalid) << c.text;
    EXPECT_NE(manifest.error().wire_detail.find(c.why), std::string::npos)
        << c.text << "\n"
        << manifest.error().wire_detail;
    EXPECT_TRUE(manifest.error().wire_detail.starts_with(R"({"Reason":")"));
}

TEST(Manifest, RefusesWhatIsNoObject) {
    for (const Refused& c : {
             Refused{"", "not a JSON document"},
             Refused{"{", "not a JSON document"},
             Refused{"{}x", "not a JSON document"},
             Refused{"{} {}", "not a JSON document"},
             Refused{"\xef\xbb\xbf{}", "not a JSON document"},
             Refused{R"({"a":1,})", "not a JSON document"},
             Refused{"{/* */}", "not a JSON document"},
             Refused{"{\"a\":\"\xff\"}", "not a JSON document"},
             Refused{"[]", "not a JSON object"},
             Refused{"2", "not a JSON object"},
             Refused{"null", "not a JSON object"},
             Refused{"{}", "'schemaVersion' is not 2"},
             Refused{R"({"schemaVersion":"2"})", "'schemaVersion' is not 2"},
             Refused{R"({"schemaVersion":2.0})", "'schemaVersion' is not 2"},
             Refused{R"({"schemaVersion":3})", "'schemaVersion' is not 2"},
             Refused{R"({"schemaVersion":1})", "'schemaVersion' is not 2"},
         }) {
        expect_invalid(kOciManifest, c);
    }
}

TEST(Manifest, RefusesMalformedMembers) {
    const std::string good = descriptor(kConfigType, kA);
    const auto with_config = [](const std::string& config) {
        return document(kOciManifest, R"(,"config":)" + config);
    };
    const auto with = [&](const std::string& more) {
        return document(kOciManifest, R"(,"config":)" + good + "," + more);
    };
    const std::string digest = R"("digest":")" + kA + "\"";
    for (const Refused& c : {
             Refused{document(kOciManifest, ""), "'config' is missing"},
             Refused{document(kOciManifest, R"(,"config":null)"), "'config' is missing"},
             Refused{with_config("[]"), "not an object"},
             Refused{with_config(R"({"size":1,)" + digest + "}"), "no 'mediaType'"},
             Refused{with_config(R"({"mediaType":1,"size":1,)" + digest + "}"), "not a string"},
             Refused{with_config(R"({"mediaType":"a/b","size":1})"), "'digest'"},
             Refused{with_config(descriptor("a/b", "md5:00")), "'digest'"},
             Refused{with_config(descriptor("a/b", "sha256:00")), "'digest'"},
             Refused{with_config(R"({"mediaType":"a/b",)" + digest + "}"), "'size'"},
             Refused{with_config(R"({"mediaType":"a/b","size":-1,)" + digest + "}"), "'size'"},
             Refused{with_config(R"({"mediaType":"a/b","size":"1",)" + digest + "}"), "'size'"},
             Refused{with_config(R"({"mediaType":"a/b","size":1.5,)" + digest + "}"), "'size'"},
             Refused{
                 with_config(R"({"mediaType":"a/b","size":9223372036854775808,)" + digest + "}"),
                 "'size'"},
             Refused{with(R"("layers":{})"), "'layers' is not an array"},
             Refused{with(R"("layers":["x"])"), "not an object"},
             Refused{with(R"("layers":[null])"), "not an object"},
             Refused{with(R"("artifactType":1)"), "'artifactType' is not a string"},
             Refused{with(R"("subject":"x")"), "not an object"},
             Refused{with(R"("subject":{})"), "no 'mediaType'"},
             Refused{with(R"("annotations":[])"), "'annotations'"},
             Refused{with(R"("annotations":{"a":1})"), "'annotations'"},
         }) {
        expect_invalid(kOciManifest, c);
    }
    const std::string platform = descriptor("a/b", kA, R"(,"platform":"linux/arm")");
    expect_invalid(kOciIndex, {document(kOciIndex, R"(,"manifests":[)" + platform + "]"),
                               "'platform' is not an object"});
}

TEST(Manifest, RefusesTypeConfusion) {
    const std::string index = R"(,"manifests":[])";
    for (const std::string_view type : {kOciManifest, kOciIndex, kDockerManifest, kDockerList}) {
        expect_invalid(type, {document(type, image_members() + index), "mixes"});
        expect_invalid(type, {document("", image_members() + index), "mixes"});
    }
    expect_invalid(kOciIndex, {document(kOciIndex, index + R"(,"layers":[])"), "mixes"});
}

TEST(Manifest, RefusesDuplicateMembers) {
    const std::string duplicates[] = {
        image_members() + R"(,"layers":[])",
        image_members() + R"(,"schemaVersion":2)",
        image_members() + R"(,"\u0063onfig":)" + descriptor(kConfigType, kB),  // escaped spelling
        R"(,"config":)" + descriptor(kConfigType, kA, R"(,"digest":")" + kB + "\""),
        image_members() + R"(,"annotations":{"a":"1","b":"2","a":"1"})",
        image_members() + R"(,"x":[[{"y":{"z":1,"z":1}}]])",
    };
    for (const std::string& members : duplicates) {
        expect_invalid(kOciManifest, {document(kOciManifest, members), "duplicate"});
    }
    // The same name in different objects, and text that looks like members, are fine.
    const std::string fine =
        image_members() + R"(,"annotations":{"a":"\"a\":1,\"a\":{}","\\":":"})";
    EXPECT_TRUE(parse(kOciManifest, document(kOciManifest, fine)));
}

TEST(Manifest, BoundsDepth) {
    const auto nested = [](std::size_t depth) {
        return document(kOciManifest, image_members() + R"(,"x":)" + std::string(depth, '[') +
                                          std::string(depth, ']'));
    };
    EXPECT_TRUE(parse(kOciManifest, nested(kJsonDepthMax - 1)));  // the document itself is one
    expect_invalid(kOciManifest, {nested(kJsonDepthMax), "not a JSON document"});
    expect_invalid(kOciManifest, {nested(1'000'000 / 4), "not a JSON document"});
    expect_invalid(kOciManifest, {std::string(400'000, '['), "not a JSON document"});
}

std::string index_of(std::size_t children) {
    std::string list;
    for (std::size_t i = 0; i < children; ++i) {
        list += (i == 0 ? "" : ",") + descriptor(std::string(kOciManifest), kA);
    }
    return document(kOciIndex, R"(,"manifests":[)" + list + "]");
}

TEST(Manifest, BoundsDescriptors) {
    const std::size_t most_allowed = ManifestBounds().descriptors_max;
    const auto most = parse(kOciIndex, index_of(most_allowed));
    ASSERT_TRUE(most);
    EXPECT_EQ(most->references.size(), most_allowed);
    expect_invalid(kOciIndex, {index_of(most_allowed + 1), "more than 10000 descriptors"});
}

std::string reason_within(const ManifestBounds& bounds, std::string_view type,
                          const std::string& text) {
    const auto manifest = parse_manifest(type, as_bytes(text), bounds);
    return manifest ? "accepted" : manifest.error().wire_detail;
}

TEST(Manifest, BoundsAreThoseGiven) {
    const ManifestBounds few{.descriptors_max = 3, .annotations_max = 2, .depth_max = 6};
    EXPECT_EQ(reason_within(few, kOciIndex, index_of(3)), "accepted");
    EXPECT_THAT(reason_within(few, kOciIndex, index_of(4)),
                testing::HasSubstr("more than 3 descriptors"));
    const auto nested = [](std::size_t depth) {
        return document(kOciManifest, image_members() + R"(,"x":)" + std::string(depth, '[') +
                                          std::string(depth, ']'));
    };
    EXPECT_EQ(reason_within(few, kOciManifest, nested(5)), "accepted");
    EXPECT_THAT(reason_within(few, kOciManifest, nested(6)),
                testing::HasSubstr("not a JSON document"));
}

TEST(Manifest, CountsTheAnnotationsOfDescriptorsToo) {
    const ManifestBounds few{.descriptors_max = 3, .annotations_max = 2, .depth_max = 6};
    const auto with = [](const std::string& own, const std::string& of_layer) {
        const std::string layer = R"({"mediaType":"a/b","size":1,"digest":")" + std::string(kA) +
                                  R"(","annotations":)" + of_layer + "}";
        return document(kOciIndex, R"(,"annotations":)" + own + R"(,"manifests":[)" + layer + "]");
    };
    EXPECT_EQ(reason_within(few, kOciIndex, with(R"({"a":"1"})", R"({"b":"1"})")), "accepted");
    for (const auto& text : {with(R"({"a":"1"})", R"({"b":"1","c":"1"})"),
                             with(R"({"a":"1","b":"1","c":"1"})", "null"),
                             with("null", R"({"a":"1","b":"1","c":"1"})")}) {
        EXPECT_THAT(reason_within(few, kOciIndex, text),
                    testing::HasSubstr("more than 2 annotations"));
    }
}

TEST(Manifest, BoundsValues) {
    std::string list = "1";
    for (int i = 0; i < 600'000; ++i) {
        list += ",1";
    }
    expect_invalid(kOciManifest,
                   {document(kOciManifest, R"(,"x":[)" + list + "]"), "too many JSON values"});
}

TEST(Manifest, RefusesMediaTypes) {
    const std::string octets = "application/octet-stream";
    expect_invalid("", {document("", ""), "unknown manifest media type"});
    expect_invalid("text/plain", {document("", image_members()), "unknown manifest media type"});
    expect_invalid(octets, {document("", image_members()), "unknown manifest media type"});
    expect_invalid("", {document("a/b", image_members()), "unknown manifest media type 'a/b'"});
    expect_invalid("", {R"({"schemaVersion":2,"mediaType":[]})", "'mediaType' is not a string"});
    // acr-wire 3.2: the recorded detail of a disagreement is an empty object.
    for (const std::string_view type : {std::string_view(octets), kOciIndex, kDockerManifest}) {
        const auto manifest = parse(type, document(kOciManifest, image_members()));
        ASSERT_FALSE(manifest) << type;
        EXPECT_EQ(manifest.error().code, Errc::manifest_invalid);
        EXPECT_EQ(manifest.error().wire_detail, R"({"Reason":{}})");
    }
}

TEST(Manifest, RefusesSchema1Clearly) {
    const std::string first = R"({"schemaVersion":1,"name":"a","tag":"b","fsLayers":[]})";
    const std::string signed_only = R"({"schemaVersion":1,"signatures":[]})";
    const std::string named = document(kDockerSchema1Signed, "");
    const std::pair<std::string_view, std::string> cases[] = {
        {kDockerSchema1, first},
        {kDockerSchema1Signed, "not even JSON"},
        {"", first},
        {"application/json", signed_only},
        {kOciManifest, first},
        {"", named},
    };
    for (const auto& [type, text] : cases) {
        const auto manifest = parse(type, text);
        ASSERT_FALSE(manifest) << type;
        EXPECT_EQ(manifest.error().code, Errc::unsupported) << type;
        EXPECT_EQ(manifest.error().message,
                  "schema 1 manifests are not supported; push a docker schema 2 or OCI manifest");
    }
}

TEST(MediaType, Kinds) {
    EXPECT_EQ(kind_of(kOciManifest), ManifestKind::oci_image);
    EXPECT_EQ(kind_of(" APPLICATION/vnd.oci.image.index.v1+json;a=b"), ManifestKind::oci_index);
    EXPECT_EQ(kind_of(kDockerSchema1), ManifestKind::schema1);
    EXPECT_EQ(kind_of(std::string(kOciManifest) + "x"), ManifestKind::unknown);
    EXPECT_EQ(kind_of(""), ManifestKind::unknown);
    EXPECT_EQ(without_parameters("\t a/b ; c=d; e"), "a/b");
    EXPECT_EQ(without_parameters(";"), "");
    EXPECT_TRUE(is_non_distributable("application/vnd.oci.image.layer.nondistributable.v1.tar"));
    EXPECT_FALSE(is_non_distributable("application/vnd.oci.image.layer.nondistributable"));
    EXPECT_FALSE(is_non_distributable(kLayerType));
}

TEST(JsonScan, CountsOutsideStrings) {
    EXPECT_EQ(count_json(R"({"a:,":[1,{"b\"":"c:d"}],"\\":2})").members, 3U);
    EXPECT_GE(count_json(R"({"a":[1,2]})").values, 4U);
    // Ends at the end of text that is not well-formed.
    for (const char* bad : {"\"", "\"\\", "{\"a", "\"\\\""}) {
        EXPECT_EQ(count_json(bad).members, 0U) << bad;
    }
}

}  // namespace
}  // namespace berth::oci
