// SPDX-License-Identifier: Apache-2.0
//
// For the tests of locks and metadata: a repository `app` with the blobs of two images, and every
// operation in one line that answers "ok" or the name of its error.
#pragma once

#include "registry/testing/manifest_texts.h"

#include <string>
#include <string_view>
#include <vector>

namespace berth::registry {

inline const std::string kConfig = R"({"architecture":"arm64","os":"linux"})";

class MetadataTest : public RegistryTest {
  protected:
    MetadataTest() {
        EXPECT_TRUE(push("app", kConfig));
        EXPECT_TRUE(push("app", "layer"));
        EXPECT_TRUE(push("app", "other layer"));
    }

    template <class T>
    static std::string outcome(const Result<T>& result) {
        return result ? "ok" : std::string(name_of(result.error().code));
    }

    MetadataService& metadata() { return registry_->metadata; }

    static oci::Tag tag(std::string_view name) { return oci::Tag::parse(name).value(); }

    static oci::Reference reference(const std::string& text) {
        return oci::parse_reference(text).value();
    }

    std::string put(std::string_view text, const std::vector<std::string>& tags = {},
                    const std::string& name = "app") {
        PutManifest request(repository(name), "", as_bytes(text));
        for (const std::string& one : tags) {
            request.tags.push_back(tag(one));
        }
        return outcome(io::run_task(registry_->manifests.put(request)));
    }

    std::string get(const std::string& what, const std::string& name = "app") {
        return outcome(io::run_task(registry_->manifests.get(repository(name), reference(what))));
    }

    std::string remove(const std::string& digest, const std::string& name = "app") {
        return outcome(
            io::run_task(registry_->manifests.remove(repository(name), reference(digest))));
    }

    std::string untag(const std::string& name) {
        return outcome(io::run_task(metadata().remove_tag(repository("app"), tag(name))));
    }

    std::string remove_blob(std::string_view content) {
        return outcome(io::run_task(blobs().remove(repository("app"), sha256(content))));
    }

    std::string remove_repository(const std::string& name = "app") {
        return outcome(io::run_task(metadata().remove_repository(repository(name))));
    }

    std::string mount(std::string_view content, const std::string& target,
                      const std::optional<std::string>& from) {
        std::optional<oci::Repository> source;
        if (from) {
            source = repository(*from);
        }
        const MayPull anybody = allow_all;
        const auto mounted =
            io::run_task(uploads().mount(repository(target), sha256(content), source, anybody));
        return mounted ? (*mounted ? "mounted" : "not mounted") : outcome(mounted);
    }

    RepositoryRow repository_row(const std::string& name = "app") {
        return io::run_task(metadata().repository(repository(name))).value();
    }

    TagRow tag_row(const std::string& name) {
        return io::run_task(metadata().tag(repository("app"), tag(name))).value();
    }

    ManifestDetails details(const oci::Digest& digest) {
        return io::run_task(metadata().manifest(repository("app"), digest)).value();
    }

    void change_repository(const AttributesChange& attributes, const std::string& name = "app") {
        RepositoryChange change;
        change.attributes = attributes;
        EXPECT_EQ(outcome(io::run_task(metadata().change_repository(repository(name), change))),
                  "ok");
    }

    void change_tag(const std::string& name, const AttributesChange& change) {
        EXPECT_EQ(
            outcome(io::run_task(metadata().change_tag(repository("app"), tag(name), change))),
            "ok");
    }

    void change_manifest(const oci::Digest& digest, const AttributesChange& attributes) {
        ManifestChange change;
        change.attributes = attributes;
        EXPECT_EQ(
            outcome(io::run_task(metadata().change_manifest(repository("app"), digest, change))),
            "ok");
    }

    static AttributesChange write(bool enabled) {
        AttributesChange change;
        change.write_enabled = enabled;
        return change;
    }

    static AttributesChange deletion(bool enabled) {
        AttributesChange change;
        change.delete_enabled = enabled;
        return change;
    }

    static AttributesChange read(bool enabled) {
        AttributesChange change;
        change.read_enabled = enabled;
        return change;
    }

    static AttributesChange list(bool enabled) {
        AttributesChange change;
        change.list_enabled = enabled;
        return change;
    }
};

}  // namespace berth::registry
