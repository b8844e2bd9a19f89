// SPDX-License-Identifier: Apache-2.0
//
// The lists of tags: orders, filters, hidden ones, pages.
#include "meta/tags.h"
#include "meta/testing/catalog_fixture.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::digest;
using testing::image;
using testing::tag;
using Names = std::vector<std::string>;

class TagLists : public testing::CatalogTest {
  protected:
    // Names of a page, a last "+" when more follow.
    static Names names(db::Session& session, RepositoryId id, Order order,
                       const std::optional<oci::Digest>& manifest, std::uint32_t limit,
                       const std::string& last) {
        const auto page = list_tag_rows(session, id, order, manifest, PageRequest(limit, last));
        EXPECT_TRUE(page);
        Names found;
        if (page) {
            for (const TagRow& row : page->items) {
                found.push_back(row.name);
            }
            if (page->more) {
                found.emplace_back("+");
            }
        }
        return found;
    }

    static void hide(db::Session& session, RepositoryId id, std::string_view name) {
        const AttributesChange change{.list_enabled = false};
        EXPECT_EQ(change_tag(session, id, tag(name), change), true);
    }

    // c, e and f share a time; h is hidden; a, c and f are on manifest 1, the others on 2.
    static RepositoryId fill(db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const RepositoryId other = ensure(session, "b");
        for (const RepositoryId home : {id, other}) {
            put(session, home, digest(1), image());
            put(session, home, digest(2), image());
        }
        label(session, id, "d", digest(2), 40);
        label(session, id, "e", digest(2), 20);
        label(session, id, "c", digest(1), 20);
        label(session, id, "f", digest(1), 20);
        label(session, id, "b", digest(2), 10);
        label(session, id, "h", digest(2), 15);
        label(session, id, "a", digest(1), 30);
        label(session, other, "x", digest(1), 25);
        hide(session, id, "h");
        return id;
    }
};

TEST_F(TagLists, NamesAreBytewiseWithoutHiddenOnes) {
    write([](db::Session& session) {
        const RepositoryId id = ensure(session, "a");
        const RepositoryId other = ensure(session, "b");
        put(session, id, digest(1), image());
        put(session, other, digest(1), image());
        for (const char* name : {"b", "B", "1.10", "1.9", "a", "aa"}) {
            label(session, id, name, digest(1));
        }
        label(session, other, "foreign", digest(1));
        hide(session, id, "aa");
        const auto first = list_tags(session, id, PageRequest(3, ""));
        EXPECT_EQ(first->items, (Names{"1.10", "1.9", "B"}));
        EXPECT_TRUE(first->more);
        const auto rest = list_tags(session, id, PageRequest(3, "B"));
        EXPECT_EQ(rest->items, (Names{"a", "b"}));
        EXPECT_FALSE(rest->more);
        EXPECT_EQ(names(session, id, Order::by_name, std::nullopt, 3, "B"), (Names{"a", "b"}));
        const auto all = list_all_tags(session, id, PageRequest(2, "a"));
        EXPECT_EQ(all->items, (Names{"aa", "b"}));
        EXPECT_FALSE(all->more);
    });
}

TEST_F(TagLists, EachOrderWithAndWithoutAManifest) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        const auto all = [&](Order order) {
            return names(session, id, order, std::nullopt, 9, "");
        };
        const auto on = [&](Order order, std::uint32_t number) {
            return names(session, id, order, digest(number), 9, "");
        };
        EXPECT_EQ(all(Order::by_name), (Names{"a", "b", "c", "d", "e", "f"}));
        EXPECT_EQ(all(Order::oldest_first), (Names{"b", "c", "e", "f", "a", "d"}));
        EXPECT_EQ(all(Order::newest_first), (Names{"d", "a", "f", "e", "c", "b"}));
        EXPECT_EQ(on(Order::by_name, 1), (Names{"a", "c", "f"}));
        EXPECT_EQ(on(Order::oldest_first, 1), (Names{"c", "f", "a"}));
        EXPECT_EQ(on(Order::newest_first, 1), (Names{"a", "f", "c"}));
        EXPECT_EQ(on(Order::newest_first, 2), (Names{"d", "e", "b"}));
        EXPECT_EQ(on(Order::newest_first, 3), Names{});
    });
}

TEST_F(TagLists, PagesMeetWithoutGapOrOverlap) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        for (const Order order : {Order::by_name, Order::oldest_first, Order::newest_first}) {
            for (const std::optional<oci::Digest>& on :
                 {std::optional<oci::Digest>(), std::optional(digest(2))}) {
                const Names whole = names(session, id, order, on, 9, "");
                for (std::uint32_t limit = 1; limit <= whole.size(); ++limit) {
                    Names pieces;
                    for (bool more = true; more;) {
                        Names page = names(session, id, order, on, limit,
                                           pieces.empty() ? "" : pieces.back());
                        more = !page.empty() && page.back() == "+";
                        if (more) {
                            page.pop_back();
                            EXPECT_EQ(page.size(), limit);
                        }
                        pieces.insert(pieces.end(), page.begin(), page.end());
                    }
                    EXPECT_EQ(pieces, whole) << "limit " << limit;
                }
            }
        }
        EXPECT_EQ(names(session, id, Order::newest_first, std::nullopt, 0, ""), Names{"+"});
    });
}

TEST_F(TagLists, ATimeOrderGoesOnBehindAnItemThatWasRemoved) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        for (const char* name : {"d", "a", "f", "e"}) {
            EXPECT_EQ(remove_tag(session, id, tag(name), Timestamp{50}), true);
        }
        const auto after = [&](Order order, const std::string& last) {
            return names(session, id, order, std::nullopt, 9, last);
        };
        EXPECT_EQ(after(Order::newest_first, "a"), (Names{"c", "b"}));
        EXPECT_EQ(after(Order::newest_first, "e"), (Names{"c", "b"}));
        EXPECT_EQ(after(Order::oldest_first, "e"), Names{});
        label(session, id, "z", digest(1), 60);
        EXPECT_EQ(after(Order::oldest_first, "e"), Names{"z"});
        EXPECT_EQ(names(session, id, Order::newest_first, digest(1), 9, "f"), Names{"c"});
    });
}

TEST_F(TagLists, ATimeOrderGoesOnBehindTagsThatWentWithTheirManifest) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        EXPECT_EQ(remove_manifest(session, id, digest(1), Timestamp{50}), true);
        EXPECT_EQ(names(session, id, Order::newest_first, std::nullopt, 9, "a"), (Names{"e", "b"}));
        EXPECT_EQ(names(session, id, Order::oldest_first, std::nullopt, 9, "c"), (Names{"e", "d"}));
    });
}

TEST_F(TagLists, ATimeOrderBehindAnUnknownItemIsEmpty) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        for (const Order order : {Order::oldest_first, Order::newest_first}) {
            EXPECT_EQ(names(session, id, order, std::nullopt, 9, "never"), Names{});
            EXPECT_EQ(names(session, id, order, digest(1), 9, "never"), Names{});
            EXPECT_EQ(names(session, id, order, std::nullopt, 9, "x"), Names{});  // elsewhere
        }
        EXPECT_EQ(names(session, id, Order::oldest_first, std::nullopt, 2, "h"),
                  (Names{"c", "e", "+"}));  // hidden, but there
    });
}

TEST_F(TagLists, AnItemThatCameBackStandsWhereItIsNow) {
    write([](db::Session& session) {
        const RepositoryId id = fill(session);
        EXPECT_EQ(remove_tag(session, id, tag("a"), Timestamp{50}), true);
        label(session, id, "a", digest(1), 60);
        EXPECT_EQ(names(session, id, Order::newest_first, std::nullopt, 2, "a"),
                  (Names{"d", "f", "+"}));
        EXPECT_EQ(remove_tag(session, id, tag("a"), Timestamp{70}), true);
        label(session, id, "y", digest(1), 55);
        EXPECT_EQ(names(session, id, Order::newest_first, std::nullopt, 2, "a"),
                  (Names{"y", "d", "+"}));
    });
}

}  // namespace
}  // namespace berth::meta
