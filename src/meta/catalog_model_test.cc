// SPDX-License-Identifier: Apache-2.0
//
// Random operations on the catalog against a plain model of it, with batches that are rolled back.
// BERTH_TEST_SEED repeats a run.
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace berth::meta {
namespace {

using testing::digest;
using testing::repository;
using testing::tag;

constexpr std::uint32_t kDigests = 24;
constexpr std::uint32_t kTags = 10;
constexpr int kBatches = 400;
constexpr int kOperationsPerBatch = 25;
const std::vector<std::string> kRepositories{"alpha", "beta/one", "beta-two"};

// What manifest `number` is: two thirds are referrers of a smaller number (which may be absent).
std::optional<std::uint32_t> subject_of(std::uint32_t number) {
    return number % 3 == 0 ? std::nullopt : std::optional(number / 2);
}

std::string type_of(std::uint32_t number) {
    return number % 2 == 0 ? "even" : "odd";
}

std::string bytes_of(std::uint32_t number) {
    return std::string(100 + number, 'm');
}

struct ModelRepository {
    std::set<std::uint32_t> manifests;
    std::map<std::string, std::uint32_t> tags;

    void remove(std::uint32_t number) {
        if (manifests.erase(number) == 0) {
            return;
        }
        std::erase_if(tags, [number](const auto& entry) { return entry.second == number; });
        for (std::uint32_t other = number + 1; other < kDigests; ++other) {
            if (subject_of(other) == number) {
                remove(other);
            }
        }
    }
};

using Model = std::map<std::string, ModelRepository>;

class CatalogModel : public testing::CatalogTest {
  protected:
    std::uint32_t pick(std::uint32_t below) {
        return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
    }

    static std::string tag_name(std::uint32_t number) {
        return std::string(number % 2 == 0 ? "v" : "V") + std::to_string(number);
    }

    void put_random(db::Session& session, const std::string& name, RepositoryId id) {
        const std::uint32_t target = pick(kDigests - 1) + 1;
        oci::Manifest manifest = testing::image();
        manifest.artifact_type = type_of(target);
        manifest.references.push_back(
            testing::descriptor(oci::ReferenceRole::config, digest(1000), 3));
        if (const auto subject = subject_of(target)) {
            manifest.subject = digest(*subject);
        }
        const std::string bytes = bytes_of(target);
        ASSERT_TRUE(put_manifest(session, id, digest(target), manifest, as_bytes(bytes),
                                 Timestamp{++ticks_}));
        model_[name].manifests.insert(target);
        if (pick(2) == 0) {
            const std::string label = tag_name(pick(kTags));
            ASSERT_TRUE(put_tag(session, id, tag(label), digest(target), Timestamp{ticks_}));
            model_[name].tags[label] = target;
        }
    }

    void remove_random(db::Session& session, const std::string& name, RepositoryId id) {
        ModelRepository& expected = model_[name];
        if (pick(3) == 0) {
            const std::uint32_t target = pick(kDigests);
            EXPECT_EQ(remove_manifest(session, id, digest(target), Timestamp{++ticks_}),
                      expected.manifests.contains(target));
            expected.remove(target);
            return;
        }
        const std::string label = tag_name(pick(kTags));
        EXPECT_EQ(remove_tag(session, id, tag(label), Timestamp{++ticks_}),
                  expected.tags.erase(label) == 1);
    }

    void compare_random(db::Session& session, const std::string& name) {
        const std::string label = tag_name(pick(kTags));
        const auto found = find_manifest(session, repository(name), tag(label));
        ASSERT_TRUE(found);
        const auto expected = model_[name].tags.find(label);
        ASSERT_EQ(found->has_value(), expected != model_[name].tags.end());
        if (*found) {
            EXPECT_EQ((*found)->digest, digest(expected->second));
            EXPECT_EQ((*found)->bytes, bytes_of(expected->second));
        }
    }

    // Every list, page by page, against the model.
    void compare_lists(db::Session& session) {
        std::vector<std::string> visible;
        for (const auto& [name, expected] : model_) {
            if (!expected.manifests.empty()) {
                visible.push_back(name);
            }
            compare_repository(session, name, expected);
        }
        const auto page = list_repositories(session, PageRequest(100, ""));
        ASSERT_TRUE(page);
        EXPECT_EQ(page->items, visible);
        EXPECT_EQ(miscounted(session), 0);
        EXPECT_EQ(orphaned_references(session), 0);
    }

    void compare_repository(db::Session& session, const std::string& name,
                            const ModelRepository& expected) {
        const auto row = find_repository(session, repository(name));
        ASSERT_TRUE(row && *row);
        EXPECT_EQ((*row)->manifest_count, static_cast<std::int64_t>(expected.manifests.size()));
        EXPECT_EQ((*row)->tag_count, static_cast<std::int64_t>(expected.tags.size()));
        std::vector<std::string> tags;
        for (bool more = true; more;) {
            const std::string last = tags.empty() ? "" : tags.back();
            const auto page = list_tags(session, (*row)->id, PageRequest(pick(3) + 1, last));
            ASSERT_TRUE(page);
            tags.insert(tags.end(), page->items.begin(), page->items.end());
            more = page->more;
        }
        std::vector<std::string> expected_tags;
        for (const auto& [label, target] : expected.tags) {
            expected_tags.push_back(label);
        }
        EXPECT_EQ(tags, expected_tags);
        compare_referrers(session, name, expected, pick(kDigests), pick(2) == 0 ? "" : "odd");
    }

    void compare_referrers(db::Session& session, const std::string& name,
                           const ModelRepository& expected, std::uint32_t subject,
                           const std::string& type) {
        std::vector<std::string> expected_digests;
        for (const std::uint32_t number : expected.manifests) {
            if (subject_of(number) == subject && (type.empty() || type_of(number) == type)) {
                expected_digests.push_back(digest(number).text());
            }
        }
        std::vector<std::string> found;
        for (bool more = true; more;) {
            const std::string last = found.empty() ? "" : found.back();
            const auto page = list_referrers(session, repository(name), digest(subject), type,
                                             PageRequest(1, last));
            ASSERT_TRUE(page);
            for (const ReferrerRow& referrer : page->items) {
                found.push_back(referrer.digest.text());
            }
            more = page->more;
        }
        EXPECT_EQ(found, expected_digests);
    }

    void run_batch(db::Session& session) {
        for (int i = 0; i < kOperationsPerBatch; ++i) {
            const std::string& name = kRepositories.at(pick(3));
            const RepositoryId id = ensure(session, name);
            model_[name];
            switch (pick(4)) {
                case 0:
                    remove_random(session, name, id);
                    break;
                case 1:
                    compare_random(session, name);
                    break;
                default:
                    put_random(session, name, id);
            }
        }
        compare_lists(session);
    }

    std::mt19937_64 random_;
    Model model_;
    std::int64_t ticks_ = 0;
};

TEST_F(CatalogModel, AgreesAfterEveryBatch) {
    const char* given = std::getenv("BERTH_TEST_SEED");  // tidy-ok(banned): tests have no settings
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device()();
    SCOPED_TRACE("BERTH_TEST_SEED=" + std::to_string(seed));
    random_.seed(seed);
    // Rows stay when a repository empties, so make them all first; a rollback may not remove them.
    write([this](db::Session& session) {
        for (const std::string& name : kRepositories) {
            ensure(session, name);
            model_[name];
        }
    });
    for (int batch = 0; batch < kBatches && !HasFailure(); ++batch) {
        const Model before = model_;
        const bool keep = pick(4) != 0;
        const Result<void> ran = database_->write_now([this, keep](db::Session& session) {
            run_batch(session);
            return keep;
        });
        ASSERT_TRUE(ran) << ran.error().log_detail;
        if (!keep) {
            model_ = before;
        }
        ASSERT_TRUE(database_->read_now([this](db::Session& session) { compare_lists(session); }));
    }
}

}  // namespace
}  // namespace berth::meta
