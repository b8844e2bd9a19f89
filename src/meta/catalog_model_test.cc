// SPDX-License-Identifier: Apache-2.0
//
// Random operations on the catalog against a plain model of it (testing/catalog_model.h), with
// batches that are rolled back, and lists that are paged while their items go. BERTH_TEST_SEED
// repeats a run.
#include "meta/testing/catalog_model.h"

#include "meta/manifest_rows.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <optional>
#include <random>
#include <string>

namespace berth::meta {
namespace {

using testing::digest;
using testing::merge;
using testing::Model;
using testing::ModelManifest;
using testing::ModelRepository;
using testing::ModelTag;
using testing::names_after;
using testing::Place;
using testing::repository;
using testing::subject_of;
using testing::tag;
using Names = std::vector<std::string>;

constexpr std::uint32_t kDigests = testing::kModelDigests;
constexpr std::uint32_t kTags = 10;
constexpr int kBatches = 400;
constexpr int kOperationsPerBatch = 25;
const std::vector<std::string> kRepositories{"alpha", "beta/one", "beta-two"};

constexpr db::Sql kSavepoint("SAVEPOINT removal");
constexpr db::Sql kRelease("RELEASE removal");
constexpr db::Sql kRollBack("ROLLBACK TO removal");
constexpr db::Sql kOwnedRows(
    "SELECT (SELECT count(*) FROM tags WHERE repository_id = $1)"
    " + (SELECT count(*) FROM manifest_references WHERE repository_id = $1)"
    " + (SELECT count(*) FROM manifests WHERE repository_id = $1)"
    " + (SELECT count(*) FROM removed_items WHERE repository_id = $1)"
    " + (SELECT count(*) FROM repositories WHERE id = $1)");

std::string type_of(std::uint32_t number) {
    return number % 2 == 0 ? "even" : "odd";
}

std::string bytes_of(std::uint32_t number) {
    return std::string(100 + number, 'm');
}

std::string name_of(const TagRow& row) {
    return row.name;
}

std::string name_of(const ManifestRow& row) {
    return row.digest.text();
}

class CatalogModel : public testing::CatalogTest {
  protected:
    std::uint32_t pick(std::uint32_t below) {
        return std::uniform_int_distribution<std::uint32_t>(0, below - 1)(random_);
    }

    // Often the same as before, so that names must break ties.
    Timestamp tick() {
        ticks_ += pick(2);
        return Timestamp{ticks_};
    }

    Order pick_order() { return static_cast<Order>(pick(3)); }

    std::optional<bool> pick_flag() {
        const std::uint32_t number = pick(12);
        return number < 7 ? std::nullopt : std::optional(number > 7);
    }

    AttributesChange pick_change() {
        AttributesChange change;
        change.delete_enabled = pick_flag();
        change.write_enabled = pick_flag();
        change.read_enabled = pick_flag();
        change.list_enabled = pick_flag();
        return change;
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
        const Timestamp at = tick();
        ASSERT_TRUE(put_manifest(session, id, digest(target), manifest, as_bytes(bytes), at));
        model_[name].put(target, at.ticks);
        if (pick(2) == 0) {
            const std::string label = tag_name(pick(kTags));
            ASSERT_TRUE(put_tag(session, id, tag(label), digest(target), at));
            model_[name].put_tag(label, target, at.ticks);
        }
    }

    void remove_random_manifest(db::Session& session, ModelRepository& expected, RepositoryId id) {
        const std::uint32_t target = pick(kDigests);
        const bool exists = expected.manifests.contains(target);
        const bool locked =
            exists && std::ranges::any_of(expected.cascade(target), [&](std::uint32_t number) {
                return expected.is_locked(number);
            });
        ASSERT_TRUE(session.execute(kSavepoint, {}));
        const Result<bool> removed = remove_manifest(session, id, digest(target), tick());
        if (locked) {
            ASSERT_FALSE(removed);
            EXPECT_EQ(removed.error().code, Errc::disallowed);
            ASSERT_TRUE(session.execute(kRollBack, {}));
        } else {
            EXPECT_EQ(removed, exists);
        }
        ASSERT_TRUE(session.execute(kRelease, {}));
        if (exists && !locked) {
            expected.remove(target);
        }
    }

    void remove_random_tag(db::Session& session, ModelRepository& expected, RepositoryId id) {
        const std::string label = tag_name(pick(kTags));
        EXPECT_EQ(remove_tag(session, id, tag(label), tick()), expected.tags.erase(label) == 1);
    }

    void change_random(db::Session& session, ModelRepository& expected, RepositoryId id) {
        const AttributesChange change = pick_change();
        const std::uint32_t kind = pick(8);
        if (kind == 0 && !expected.manifests.empty()) {
            const std::optional<bool> teleport = pick_flag();
            ASSERT_TRUE(change_repository(session, id, change, teleport));
            merge(expected.attributes, change);
            expected.teleport_enabled = teleport.value_or(expected.teleport_enabled);
        } else if (kind < 4) {
            const std::string label = tag_name(pick(kTags));
            const auto known = expected.tags.find(label);
            EXPECT_EQ(change_tag(session, id, tag(label), change), known != expected.tags.end());
            if (known != expected.tags.end()) {
                merge(known->second.attributes, change);
            }
        } else {
            const std::uint32_t target = pick(kDigests);
            ManifestChange whole;
            whole.attributes = change;
            if (pick(3) == 0) {
                whole.quarantine_state = pick(2) == 0 ? "Passed" : "Failed";
            }
            const auto known = expected.manifests.find(target);
            EXPECT_EQ(change_manifest(session, id, digest(target), whole),
                      known != expected.manifests.end());
            if (known != expected.manifests.end()) {
                merge(known->second.attributes, change);
                known->second.quarantine_state =
                    whole.quarantine_state.value_or(known->second.quarantine_state);
            }
        }
    }

    void detach(db::Session& session, const std::string& name, RepositoryId id) {
        EXPECT_EQ(holds_locked_items(session, id), model_[name].holds_locked());
        ASSERT_TRUE(detach_repository(session, id, tick()));
        model_.erase(name);
        // A later batch may reap it; its content stays readable until then.
        if (pick(2) == 0) {
            reap_all(session);
        }
    }

    void reap_all(db::Session& session) {
        auto next = next_detached(session, Timestamp{ticks_ + 1});
        ASSERT_TRUE(next);
        while (*next) {
            const RepositoryId id = **next;
            const auto limit = static_cast<std::int64_t>(pick(30) + 1);
            std::int64_t rows = number(session, kOwnedRows, {id});
            while (rows > 0) {
                const auto more = reap_next_detached(session, Timestamp{ticks_ + 1},
                                                     static_cast<std::uint32_t>(limit));
                ASSERT_TRUE(more) << more.error().log_detail;
                const std::int64_t left = number(session, kOwnedRows, {id});
                ASSERT_TRUE(*more || left == 0);
                ASSERT_LT(left, rows);
                ASSERT_LE(rows - left, limit);
                rows = left;
            }
            next = next_detached(session, Timestamp{ticks_ + 1});
            ASSERT_TRUE(next);
        }
    }

    // Pages through a list while items go; each page is what the model has behind the last item.
    template <class Row, class List, class Places>
    void page_while_removing(db::Session& session, ModelRepository& expected, RepositoryId id,
                             Order order, const List& list, const Places& places) {
        std::optional<Place> last;
        for (bool more = true; more;) {
            const std::uint32_t limit = pick(4) + 1;
            const Result<Page<Row>> page =
                list(order, PageRequest(limit, last ? last->second : std::string()));
            ASSERT_TRUE(page);
            Names wanted = names_after(places(), order, last);
            EXPECT_EQ(page->more, wanted.size() > limit);
            wanted.resize(std::min<std::size_t>(wanted.size(), limit));
            Names found;
            for (const Row& row : page->items) {
                found.push_back(name_of(row));
                last = Place(row.updated.ticks, name_of(row));
            }
            ASSERT_EQ(found, wanted);
            more = page->more;
            if (!expected.manifests.empty() && pick(2) == 0) {
                remove_random_tag(session, expected, id);
                remove_random_manifest(session, expected, id);
            }
        }
    }

    void page_random(db::Session& session, ModelRepository& expected, RepositoryId id) {
        if (pick(2) == 0) {
            std::optional<std::uint32_t> on;
            if (pick(2) == 0) {
                on = pick(kDigests);
            }
            const auto wanted = on ? std::optional(digest(*on)) : std::nullopt;
            page_while_removing<TagRow>(
                session, expected, id, pick_order(),
                [&](Order order, const PageRequest& request) {
                    return list_tag_rows(session, id, order, wanted, request);
                },
                [&] { return expected.listed_tags(on); });
            return;
        }
        page_while_removing<ManifestRow>(
            session, expected, id, pick_order(),
            [&](Order order, const PageRequest& request) {
                return list_manifest_rows(session, id, order, request);
            },
            [&] { return expected.listed_manifests(); });
    }

    void compare_random(db::Session& session, const std::string& name) {
        const std::string label = tag_name(pick(kTags));
        const auto found = find_manifest(session, repository(name), tag(label));
        ASSERT_TRUE(found);
        const ModelRepository& home = model_[name];
        const auto expected = home.tags.find(label);
        ASSERT_EQ(found->has_value(), expected != home.tags.end());
        if (*found) {
            const ModelTag& target = expected->second;
            EXPECT_EQ((*found)->digest, digest(target.manifest));
            EXPECT_EQ((*found)->bytes, bytes_of(target.manifest));
            EXPECT_EQ((*found)->readable,
                      home.attributes.read_enabled && target.attributes.read_enabled &&
                          home.manifests.at(target.manifest).attributes.read_enabled);
        }
    }

    // Every list and row against the model.
    void compare_all(db::Session& session) {
        Names visible;
        for (const auto& [name, expected] : model_) {
            if (!expected.manifests.empty() && expected.attributes.list_enabled) {
                visible.push_back(name);
            }
        }
        for (const std::string& name : kRepositories) {
            compare_repository(session, name);
        }
        const auto page = list_repositories(session, PageRequest(100, ""));
        ASSERT_TRUE(page);
        EXPECT_EQ(page->items, visible);
        EXPECT_EQ(miscounted(session), 0);
        EXPECT_EQ(orphaned_references(session), 0);
    }

    void compare_repository(db::Session& session, const std::string& name) {
        const auto row = find_repository(session, repository(name));
        ASSERT_TRUE(row);
        const auto known = model_.find(name);
        const ModelRepository expected = known == model_.end() ? ModelRepository() : known->second;
        if (!*row) {
            EXPECT_TRUE(expected.manifests.empty());
            return;
        }
        EXPECT_EQ((*row)->manifest_count, static_cast<std::int64_t>(expected.manifests.size()));
        EXPECT_EQ((*row)->tag_count, static_cast<std::int64_t>(expected.tags.size()));
        EXPECT_EQ((*row)->attributes, expected.attributes);
        EXPECT_EQ((*row)->teleport_enabled, expected.teleport_enabled);
        if ((*row)->visible()) {
            EXPECT_EQ((*row)->created.ticks, expected.created);
        }
        EXPECT_EQ(holds_locked_items(session, (*row)->id), expected.holds_locked());
        compare_tags(session, (*row)->id, expected);
        compare_manifests(session, (*row)->id, expected);
        compare_referrers(session, name, expected, pick(kDigests), pick(2) == 0 ? "" : "odd");
    }

    void compare_tags(db::Session& session, RepositoryId id, const ModelRepository& expected) {
        Names all;
        for (const auto& [label, target] : expected.tags) {
            all.push_back(label);
            const auto row = find_tag(session, id, tag(label));
            ASSERT_TRUE(row && *row) << label;
            EXPECT_EQ((*row)->digest, digest(target.manifest));
            EXPECT_EQ((*row)->created.ticks, target.created);
            EXPECT_EQ((*row)->updated.ticks, target.updated);
            EXPECT_EQ((*row)->attributes, target.attributes);
            EXPECT_EQ((*row)->quarantine_state,
                      expected.manifests.at(target.manifest).quarantine_state);
        }
        EXPECT_EQ(list_all_tags(session, id, PageRequest(100, ""))->items, all);
        EXPECT_EQ(list_tags(session, id, PageRequest(100, ""))->items,
                  names_after(expected.listed_tags(std::nullopt), Order::by_name, std::nullopt));
    }

    void compare_manifests(db::Session& session, RepositoryId id, const ModelRepository& expected) {
        Names all;
        bool held = false;
        for (const auto& [number, target] : expected.manifests) {
            all.push_back(digest(number).text());
            const auto row = find_manifest_row(session, id, digest(number));
            ASSERT_TRUE(row && *row) << number;
            EXPECT_EQ((*row)->created.ticks, target.created);
            EXPECT_EQ((*row)->updated.ticks, target.updated);
            EXPECT_EQ((*row)->attributes, target.attributes);
            EXPECT_EQ((*row)->quarantine_state, target.quarantine_state);
            EXPECT_EQ((*row)->tags, expected.tags_on(number));
            held = held || expected.is_locked(number);
        }
        EXPECT_EQ(list_all_manifests(session, id, PageRequest(100, ""))->items, all);
        EXPECT_EQ(is_held_by_lock(session, id, digest(1000)), held);  // all refer to it
    }

    void compare_referrers(db::Session& session, const std::string& name,
                           const ModelRepository& expected, std::uint32_t subject,
                           const std::string& type) {
        Names wanted;
        for (const auto& [number, target] : expected.manifests) {
            if (subject_of(number) == subject && (type.empty() || type_of(number) == type) &&
                target.attributes.list_enabled) {
                wanted.push_back(digest(number).text());
            }
        }
        Names found;
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
        EXPECT_EQ(found, wanted);
    }

    void run_one(db::Session& session) {
        const std::string& name = kRepositories.at(pick(3));
        const RepositoryId id = ensure(session, name);
        ModelRepository& expected = model_[name];
        const std::uint32_t kind = pick(100);
        if (kind < 40) {
            put_random(session, name, id);
        } else if (kind < 52) {
            remove_random_manifest(session, expected, id);
        } else if (kind < 60) {
            remove_random_tag(session, expected, id);
        } else if (kind < 75) {
            change_random(session, expected, id);
        } else if (kind < 85) {
            compare_random(session, name);
        } else if (kind < 99) {
            page_random(session, expected, id);
        } else {
            detach(session, name, id);
        }
    }

    void run_batch(db::Session& session) {
        for (int i = 0; i < kOperationsPerBatch && !HasFatalFailure(); ++i) {
            run_one(session);
        }
        compare_all(session);
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
        ASSERT_TRUE(database_->read_now([this](db::Session& session) { compare_all(session); }));
    }
    write([this](db::Session& session) {
        reap_all(session);
        compare_all(session);
    });
}

}  // namespace
}  // namespace berth::meta
