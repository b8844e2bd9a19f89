// SPDX-License-Identifier: Apache-2.0
#include "meta/manifest_rows.h"

#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using oci::ReferenceRole;
using testing::descriptor;
using testing::digest;
using testing::image;
using testing::index;
using testing::repository;
using testing::tag;
using Names = std::vector<std::string>;
using Numbers = std::vector<std::uint32_t>;

class ManifestRows : public testing::CatalogTest {
  protected:
    static ManifestRow row_of(db::Session& session, RepositoryId id, std::uint32_t number) {
        auto found = find_manifest_row(session, id, digest(number));
        EXPECT_TRUE(found && *found) << number;
        return found && *found ? **std::move(found) : ManifestRow(digest(0));
    }

    static std::string text(std::uint32_t number) { return digest(number).text(); }

    // Numbers of the digests of a page.
    static Numbers numbers(db::Session& session, RepositoryId id, Order order, std::uint32_t limit,
                           const std::string& last) {
        const auto page = list_manifest_rows(session, id, order, PageRequest(limit, last));
        EXPECT_TRUE(page);
        Numbers found;
        if (page) {
            for (const ManifestRow& row : page->items) {
                found.push_back(static_cast<std::uint32_t>(row.digest.hash()[3]));
            }
            EXPECT_EQ(page->more, page->items.size() == limit && limit < 4);
        }
        return found;
    }

    // Times: 3 at 10, 1 and 4 at 20, 2 at 30; 5 is hidden.
    static RepositoryId fill(db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        put(session, id, digest(1), image(), 20);
        put(session, id, digest(2), image(), 30);
        put(session, id, digest(3), image(), 10);
        put(session, id, digest(4), image(), 20);
        put(session, id, digest(5), image(), 25);
        put(session, ensure(session, "b"), digest(6), image(), 25);
        ManifestChange hide;
        hide.attributes.list_enabled = false;
        EXPECT_EQ(change_manifest(session, id, digest(5), hide), true);
        return id;
    }
};

TEST_F(ManifestRows, TellEverything) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        oci::Manifest manifest = image();
        manifest.platform = oci::Platform{"arm64", "linux", "v8"};
        manifest.references.push_back(descriptor(ReferenceRole::layer, digest(50), 90));
        put(session, id, digest(1), manifest, 5);
        label(session, id, "v2", digest(1), 6);
        label(session, id, "v1", digest(1), 7);
        ASSERT_EQ(change_tag(session, id, tag("v1"), AttributesChange{.list_enabled = false}),
                  true);
        const ManifestRow row = row_of(session, id, 1);
        EXPECT_EQ(row.digest, digest(1));
        EXPECT_EQ(row.image_size, 100U);
        EXPECT_EQ(row.created, Timestamp{5});
        EXPECT_EQ(row.updated, Timestamp{5});
        EXPECT_EQ(row.architecture, "arm64");
        EXPECT_EQ(row.os, "linux");
        EXPECT_EQ(row.media_type, oci::kOciManifest);
        EXPECT_EQ(row.config_media_type, "application/x-config");
        EXPECT_EQ(row.tags, (Names{"v1", "v2"}));
        EXPECT_EQ(row.attributes, Attributes());
        EXPECT_EQ(row.quarantine_state, "");
        EXPECT_EQ(row.quarantine_details, "");
        EXPECT_FALSE(find_manifest_row(session, id, digest(2))->has_value());
        EXPECT_FALSE(find_manifest_row(session, id + 1, digest(1))->has_value());

        put(session, id, digest(2), index());
        const ManifestRow list = row_of(session, id, 2);
        EXPECT_EQ(list.architecture, "");
        EXPECT_EQ(list.os, "");
        EXPECT_EQ(list.config_media_type, "");
        EXPECT_EQ(list.tags, Names{});
    });
}

TEST_F(ManifestRows, ChildrenComeInDocumentOrderWithRepeats) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        oci::Manifest list = index();
        const auto add = [&list](std::uint32_t number, std::optional<oci::Platform> platform) {
            list.references.push_back(descriptor(ReferenceRole::child, digest(number), 1));
            list.references.back().platform = std::move(platform);
        };
        add(9, oci::Platform{"arm", "linux", "v7"});
        add(8, std::nullopt);
        add(9, oci::Platform{"arm", "linux", "v6"});
        put(session, id, digest(1), list);
        const auto children = list_children(session, id, digest(1));
        ASSERT_TRUE(children);
        ASSERT_EQ(children->size(), 3U);
        EXPECT_EQ((*children)[0].digest, digest(9));
        EXPECT_EQ((*children)[0].architecture, "arm");
        EXPECT_EQ((*children)[0].os, "linux");
        EXPECT_EQ((*children)[1].digest, digest(8));
        EXPECT_EQ((*children)[1].architecture, "");
        EXPECT_EQ((*children)[1].os, "");
        EXPECT_EQ((*children)[2].digest, digest(9));

        oci::Manifest single = image();
        single.references.push_back(descriptor(ReferenceRole::config, digest(50), 1));
        put(session, id, digest(2), single);
        EXPECT_TRUE(list_children(session, id, digest(2))->empty());
        EXPECT_TRUE(list_children(session, id, digest(3))->empty());
    });
}

TEST_F(ManifestRows, AChangeMergesAndLeavesTheUpdateTime) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        ManifestChange change;
        change.attributes.delete_enabled = false;
        change.quarantine_state = "Passed";
        EXPECT_EQ(change_manifest(session, id, digest(1), change), true);
        ManifestChange second;
        second.attributes.read_enabled = false;
        second.quarantine_details = R"({"by":"scanner"})";
        EXPECT_EQ(change_manifest(session, id, digest(1), second), true);
        ManifestRow row = row_of(session, id, 1);
        EXPECT_EQ(row.attributes, (Attributes{false, true, false, true}));
        EXPECT_EQ(row.quarantine_state, "Passed");
        EXPECT_EQ(row.quarantine_details, R"({"by":"scanner"})");
        EXPECT_EQ(row.updated, Timestamp{20});
        ManifestChange third;
        third.attributes = AttributesChange{true, false, std::nullopt, false};
        third.quarantine_state = "";
        EXPECT_EQ(change_manifest(session, id, digest(1), third), true);
        row = row_of(session, id, 1);
        EXPECT_EQ(row.attributes, (Attributes{true, false, false, false}));
        EXPECT_EQ(row.quarantine_state, "");
        EXPECT_EQ(row_of(session, id, 2).attributes, Attributes());
        EXPECT_EQ(change_manifest(session, id, digest(7), change), false);
    });
}

TEST_F(ManifestRows, AreListedInEachOrderWithTheirTags) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        label(session, id, "t", digest(4), 21);
        label(session, id, "s", digest(4), 22);
        EXPECT_EQ(numbers(session, id, Order::by_name, 9, ""), (Numbers{1, 2, 3, 4}));
        EXPECT_EQ(numbers(session, id, Order::oldest_first, 9, ""), (Numbers{3, 1, 4, 2}));
        EXPECT_EQ(numbers(session, id, Order::newest_first, 9, ""), (Numbers{2, 4, 1, 3}));
        const auto page = list_manifest_rows(session, id, Order::newest_first, PageRequest(2, ""));
        ASSERT_TRUE(page);
        EXPECT_EQ(page->items.at(0).tags, Names{});
        EXPECT_EQ(page->items.at(1).tags, (Names{"s", "t"}));
    });
}

TEST_F(ManifestRows, PagesMeetAlsoBehindWhatWasRemoved) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        EXPECT_EQ(numbers(session, id, Order::by_name, 2, text(1)), (Numbers{2, 3}));
        EXPECT_EQ(numbers(session, id, Order::oldest_first, 2, text(3)), (Numbers{1, 4}));
        EXPECT_EQ(numbers(session, id, Order::newest_first, 2, text(2)), (Numbers{4, 1}));
        EXPECT_EQ(numbers(session, id, Order::newest_first, 9, text(5)), (Numbers{4, 1, 3}));
        EXPECT_EQ(remove_manifest(session, id, digest(4), Timestamp{50}), true);
        EXPECT_EQ(numbers(session, id, Order::by_name, 9, text(4)), Numbers{});
        EXPECT_EQ(numbers(session, id, Order::newest_first, 9, text(4)), (Numbers{1, 3}));
        EXPECT_EQ(numbers(session, id, Order::oldest_first, 9, text(4)), (Numbers{2}));
        EXPECT_EQ(numbers(session, id, Order::newest_first, 9, text(99)), Numbers{});
        put(session, id, digest(4), image(), 60);
        EXPECT_EQ(numbers(session, id, Order::newest_first, 9, text(4)), (Numbers{2, 1, 3}));
    });
}

TEST_F(ManifestRows, ALastThatIsNoDigestIsRefused) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        for (const Order order : {Order::by_name, Order::oldest_first, Order::newest_first}) {
            const auto page = list_manifest_rows(session, id, order, PageRequest(2, "sha256:12"));
            ASSERT_FALSE(page);
            EXPECT_EQ(page.error().code, Errc::pagination_invalid);
        }
        const auto all = list_all_manifests(session, id, PageRequest(2, "v1"));
        ASSERT_FALSE(all);
        EXPECT_EQ(all.error().code, Errc::pagination_invalid);
    });
}

TEST_F(ManifestRows, TheWholeListNamesHiddenOnesToo) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        const auto first = list_all_manifests(session, id, PageRequest(3, ""));
        ASSERT_TRUE(first);
        EXPECT_EQ(first->items, (Names{text(1), text(2), text(3)}));
        EXPECT_TRUE(first->more);
        const auto rest = list_all_manifests(session, id, PageRequest(3, text(3)));
        EXPECT_EQ(rest->items, (Names{text(4), text(5)}));
        EXPECT_FALSE(rest->more);
    });
}

}  // namespace
}  // namespace berth::meta
