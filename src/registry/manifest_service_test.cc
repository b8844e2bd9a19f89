// SPDX-License-Identifier: Apache-2.0
#include "registry/manifest_service.h"

#include "base/try.h"
#include "registry/listing_service.h"
#include "registry/testing/manifest_texts.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace berth::registry {
namespace {

using io::run_task;

class ManifestServiceTest : public RegistryTest {
  protected:
    ManifestServiceTest() {
        EXPECT_TRUE(push("app", "{}"));
        EXPECT_TRUE(push("app", "layer"));
    }

    ManifestService service(bool sparse = false, bool by_tag = false) {
        ManifestPolicy policy;
        policy.sparse_index = sparse;
        policy.delete_by_tag = by_tag;
        return ManifestService(registry_->database, *registry_->store, policy);
    }

    Result<PutOutcome> put(std::string_view text, const std::vector<std::string>& tags = {},
                           std::optional<oci::Digest> expected = std::nullopt,
                           bool sparse = false) {
        PutManifest request(repository("app"), "", as_bytes(text));
        request.expected = expected;
        for (const std::string& tag : tags) {
            request.tags.push_back(oci::Tag::parse(tag).value());
        }
        return run_task(service(sparse).put(request));
    }

    Result<meta::StoredManifest> get(const std::string& reference) {
        ManifestService manifests = service();
        return get_from(manifests, reference);
    }

    Result<meta::StoredManifest> get_from(ManifestService& manifests,
                                          const std::string& reference) {
        BERTH_TRY(
            const ManifestPointer found,
            run_task(manifests.get(repository("app"), oci::parse_reference(reference).value())));
        return *found;
    }

    Result<void> remove(const std::string& reference, bool by_tag = false) {
        ManifestService manifests = service(false, by_tag);
        return run_task(
            manifests.remove(repository("app"), oci::parse_reference(reference).value()));
    }
};

TEST_F(ManifestServiceTest, ExactBytesByTagAndDigest) {
    const std::string text = image("{}", "layer") + "\n";
    const PutOutcome outcome = put(text, {"v1", "v2"}).value();
    EXPECT_EQ(outcome.digest, sha256(text));
    EXPECT_FALSE(outcome.subject);
    for (const std::string& reference :
         {std::string("v1"), std::string("v2"), sha256(text).text()}) {
        const meta::StoredManifest found = get(reference).value();
        EXPECT_EQ(found.bytes, text);
        EXPECT_EQ(found.digest, sha256(text));
        EXPECT_EQ(found.media_type, oci::kOciManifest);
    }
    EXPECT_TRUE(put(text, {"v1"})) << "again";
}

// One service sees what happens beside it: what it remembers holds until something is committed.
TEST_F(ManifestServiceTest, WhatIsRememberedFollowsEveryChange) {
    const std::string first = image("{}", "layer");
    const std::string second = first + " ";
    ASSERT_TRUE(put(first, {"v"}));
    ManifestService manifests = service();
    EXPECT_EQ(get_from(manifests, "v").value().bytes, first);
    EXPECT_EQ(get_from(manifests, "v").value().bytes, first);
    ASSERT_TRUE(put(second, {"v"}));
    EXPECT_EQ(get_from(manifests, "v").value().bytes, second);
    EXPECT_EQ(get_from(manifests, sha256(second).text()).value().bytes, second);
    ASSERT_TRUE(remove(sha256(second).text()));
    EXPECT_EQ(get_from(manifests, "v").error().code, Errc::manifest_unknown);
    EXPECT_EQ(get_from(manifests, sha256(second).text()).error().code, Errc::manifest_unknown);
    EXPECT_EQ(get_from(manifests, sha256(first).text()).value().bytes, first);
}

TEST_F(ManifestServiceTest, DigestInThePathIsVerifiedAndFixesTheAlgorithm) {
    const std::string text = image("{}", "layer");
    const Error error = put(text + "  ", {}, sha256(text)).error();
    EXPECT_EQ(error.code, Errc::digest_invalid);
    EXPECT_EQ(error.message, "provided digest did not match uploaded content");
    EXPECT_EQ(get(sha256(text).text()).error().code, Errc::manifest_unknown);
    EXPECT_EQ(put(text, {"big"}, sha512(text)).value().digest, sha512(text));
    EXPECT_EQ(get("big").value().digest, sha512(text));
}

TEST_F(ManifestServiceTest, MissingReferencesAreNamedOnceAndNothingIsStored) {
    const Error error = put(image("absent", "absent"), {"v1"}).error();
    EXPECT_EQ(error.code, Errc::manifest_blob_unknown);
    EXPECT_EQ(error.items, std::vector{sha256("absent").text()});
    const Error two = put(image("absent", "gone"), {"v1"}).error();
    EXPECT_EQ(two.items, (std::vector{sha256("absent").text(), sha256("gone").text()}));
    EXPECT_EQ(get("v1").error().code, Errc::manifest_unknown);
    EXPECT_EQ(put(index_of("no child")).error().items, std::vector{sha256("no child").text()});
}

TEST_F(ManifestServiceTest, BlobOfAnotherRepositoryIsMissing) {
    ASSERT_TRUE(push("other", "secret"));
    EXPECT_EQ(put(image("{}", "secret")).error().items, std::vector{sha256("secret").text()});
}

TEST_F(ManifestServiceTest, SparseSettingAcceptsAbsentChildrenAndLayers) {
    EXPECT_TRUE(put(index_of("no child"), {"sparse"}, std::nullopt, true));
    EXPECT_TRUE(put(image("{}", "never pushed"), {"image"}, std::nullopt, true));
    EXPECT_TRUE(get("sparse"));
    EXPECT_TRUE(get("image"));
}

TEST_F(ManifestServiceTest, SubjectNeedNotExist) {
    const PutOutcome outcome = put(image("{}", "layer", "no such manifest")).value();
    EXPECT_EQ(outcome.subject, sha256("no such manifest"));
}

TEST_F(ManifestServiceTest, UnknownManifestTexts) {
    const Error by_tag = get("v9").error();
    EXPECT_EQ(by_tag.code, Errc::manifest_unknown);
    EXPECT_EQ(by_tag.message, "manifest tagged by \"v9\" is not found");
    EXPECT_EQ(by_tag.wire_detail, R"({"Tag":"v9"})");
    const std::string digest = sha256("x").text();
    const Error by_digest = get(digest).error();
    EXPECT_EQ(by_digest.code, Errc::manifest_unknown);
    EXPECT_EQ(by_digest.message, "manifest " + digest + " is not found");
    EXPECT_EQ(by_digest.wire_detail, "");
    EXPECT_EQ(remove(digest).error().message, "manifest " + digest + " is not found");
}

TEST_F(ManifestServiceTest, RemoveByDigestTakesTagsAndReferrers) {
    const std::string text = image("{}", "layer");
    const std::string referrer = image("{}", "layer", text);
    ASSERT_TRUE(put(text, {"v1"}));
    ASSERT_TRUE(put(referrer));
    ASSERT_TRUE(remove(sha256(text).text()));
    EXPECT_FALSE(get("v1"));
    EXPECT_FALSE(get(sha256(text).text()));
    EXPECT_FALSE(get(sha256(referrer).text()));
    EXPECT_EQ(remove(sha256(text).text()).error().code, Errc::manifest_unknown);
}

TEST_F(ManifestServiceTest, RemoveByTagIsASetting) {
    const std::string text = image("{}", "layer");
    ASSERT_TRUE(put(text, {"v1"}));
    const Error refused = remove("v1").error();
    EXPECT_EQ(refused.code, Errc::unsupported);
    EXPECT_EQ(refused.message, "A manifest can only be deleted by digest.");
    ASSERT_TRUE(remove("v1", true));
    EXPECT_FALSE(get("v1"));
    EXPECT_TRUE(get(sha256(text).text()));
    EXPECT_EQ(remove("v1", true).error().message, "manifest tagged by \"v1\" is not found");
}

TEST_F(ManifestServiceTest, FailedWriteStoresNothing) {
    const std::string text = image("{}", "layer");
    registry_->database.fail_write(1, Errc::disk_full);
    EXPECT_EQ(put(text, {"v1"}).error().code, Errc::disk_full);
    EXPECT_FALSE(get("v1"));
    EXPECT_TRUE(put(text, {"v1"}));
}

TEST_F(ManifestServiceTest, ListsShowWhatHasAManifest) {
    ListingService listing(registry_->database);
    const meta::PageRequest page(10, "");
    const auto no_tags = run_task(listing.tags(repository("app"), page));
    EXPECT_EQ(no_tags.error().code, Errc::name_unknown) << "only uploaded to";
    EXPECT_TRUE(run_task(listing.repositories(page, oci::every_name())).value().items.empty());
    const std::string text = image("{}", "layer");
    ASSERT_TRUE(put(text, {"b", "a", "B-1"}));
    EXPECT_EQ(run_task(listing.tags(repository("app"), page)).value().items,
              (std::vector<std::string>{"B-1", "a", "b"}));
    EXPECT_EQ(run_task(listing.repositories(page, oci::every_name())).value().items,
              std::vector<std::string>{"app"});
    ASSERT_TRUE(remove(sha256(text).text()));
    EXPECT_EQ(run_task(listing.tags(repository("app"), page)).error().code, Errc::name_unknown);
    EXPECT_TRUE(run_task(listing.repositories(page, oci::every_name())).value().items.empty());
}

TEST_F(ManifestServiceTest, ReferrersOfAnythingIsAList) {
    ListingService listing(registry_->database);
    const meta::PageRequest page(10, "");
    const std::string text = image("{}", "layer");
    EXPECT_TRUE(run_task(listing.referrers(repository("never-seen"), sha256("x"), "", page))
                    .value()
                    .items.empty());
    ASSERT_TRUE(put(image("{}", "layer", text)));
    const auto found =
        run_task(listing.referrers(repository("app"), sha256(text), "", page)).value();
    ASSERT_EQ(found.items.size(), 1U);
    EXPECT_EQ(found.items[0].digest, sha256(image("{}", "layer", text)));
}

}  // namespace
}  // namespace berth::registry
