// SPDX-License-Identifier: Apache-2.0
#include "meta/garbage.h"

#include "meta/blobs.h"
#include "meta/deleted.h"
#include "meta/testing/catalog_fixture.h"
#include "meta/upkeep.h"
#include "meta/uploads.h"

#include <gtest/gtest.h>

namespace berth::meta {
namespace {

using testing::descriptor;
using testing::digest;
using testing::image;

constexpr db::Sql kSetState("UPDATE blobs SET state = $2 WHERE id = $1");
constexpr db::Sql kState("SELECT state FROM blobs WHERE id = $1");

class Garbage : public testing::CatalogTest {
  protected:
    static std::int64_t blob(db::Session& session, std::uint32_t number,
                             const std::string& location = "place") {
        const auto row =
            put_blob(session, digest(number), BlobPlace::in_store(location, 7), Timestamp{1});
        EXPECT_TRUE(row);
        return row ? row->id : 0;
    }

    static LinkKey link(db::Session& session, const char* name, std::int64_t id,
                        std::int64_t ticks) {
        const RepositoryId repository = ensure(session, name);
        EXPECT_TRUE(link_blob(session, repository, id, Timestamp{ticks}));
        return LinkKey{repository, id};
    }

    /// Manifest 100 in `name`, with the blob `number` as its layer.
    static void refer(db::Session& session, const char* name, std::uint32_t number) {
        oci::Manifest manifest = image();
        manifest.references.push_back(descriptor(oci::ReferenceRole::layer, digest(number), 7));
        put(session, ensure(session, name), digest(100), manifest);
    }

    static std::vector<std::int64_t> idle_blobs(db::Session& session, std::int64_t before,
                                                std::uint32_t limit = 100) {
        std::vector<std::int64_t> found;
        LinkKey after;
        bool more = true;
        while (more) {
            const auto scan = scan_links(session, after, Timestamp{before}, limit);
            EXPECT_TRUE(scan);
            for (const IdleLink& idle : scan->idle) {
                found.push_back(idle.key.blob);
            }
            more = scan->more;
            after = scan->last;
        }
        return found;
    }

    static std::vector<std::int64_t> unheld(db::Session& session, std::uint32_t limit = 100) {
        std::vector<std::int64_t> found;
        std::optional<oci::Digest> after;
        bool more = true;
        while (more) {
            const auto scan = scan_blobs(session, after, limit);
            EXPECT_TRUE(scan);
            for (const UnheldBlob& one : scan->unheld) {
                found.push_back(one.id);
            }
            more = scan->more;
            after = scan->last;
        }
        return found;
    }

    static std::int64_t state(db::Session& session, std::int64_t id) {
        return number(session, kState, {id});
    }
};

TEST_F(Garbage, LinksThatNoManifestNeedsAreIdleAfterAWhile) {
    write([](db::Session& session) {
        const std::int64_t needed = blob(session, 1);
        const std::int64_t idle = blob(session, 2);
        const std::int64_t young = blob(session, 3);
        link(session, "a", needed, 5);
        link(session, "a", idle, 5);
        link(session, "a", young, 6);
        link(session, "b", needed, 5);
        refer(session, "a", 1);
        using Ids = std::vector<std::int64_t>;
        for (const std::uint32_t limit : {1U, 2U, 100U}) {
            EXPECT_EQ(idle_blobs(session, 5, limit), (Ids{idle, needed})) << limit;
        }
        EXPECT_EQ(idle_blobs(session, 4), Ids{});
        EXPECT_EQ(idle_blobs(session, 6), (Ids{idle, young, needed}));
    });
}

TEST_F(Garbage, ALinkIsLookedAtAgainBeforeItGoes) {
    write([](db::Session& session) {
        const LinkKey key = link(session, "a", blob(session, 1), 5);
        EXPECT_EQ(drop_idle_link(session, key, Timestamp{4}), false);
        refer(session, "a", 1);
        EXPECT_EQ(drop_idle_link(session, key, Timestamp{5}), false);
        EXPECT_EQ(remove_manifest(session, key.repository, digest(100), Timestamp{6}), true);
        EXPECT_EQ(drop_idle_link(session, key, Timestamp{5}), true);
        EXPECT_EQ(drop_idle_link(session, key, Timestamp{5}), false);
    });
}

TEST_F(Garbage, ABlobWithoutLinksIsCondemned) {
    write([](db::Session& session) {
        const std::int64_t linked = blob(session, 1);
        const std::int64_t alone = blob(session, 2);
        link(session, "a", linked, 5);
        using Ids = std::vector<std::int64_t>;
        EXPECT_EQ(unheld(session), Ids{alone});
        EXPECT_EQ(unheld(session, 1), Ids{alone});
        EXPECT_FALSE(*condemn_blob(session, linked, Timestamp{9}));
        EXPECT_FALSE(*condemn_blob(session, 999, Timestamp{9}));
        const auto condemned = condemn_blob(session, alone, Timestamp{9});
        ASSERT_TRUE(condemned && *condemned);
        EXPECT_EQ((*condemned)->size, 7U);
        EXPECT_EQ((*condemned)->location, "place");
        EXPECT_EQ(unheld(session), Ids{});
        EXPECT_EQ(state(session, alone), 1);
        EXPECT_FALSE(*condemn_blob(session, alone, Timestamp{10}));
    });
}

TEST_F(Garbage, WhatADeletedManifestNeedsStaysUntilThatIsPurged) {
    write([](db::Session& session) {
        const std::int64_t id = blob(session, 1);
        const LinkKey key = link(session, "a", id, 5);
        refer(session, "a", 1);
        const Disposal bin{.keep_ticks = 100, .by = "somebody"};
        EXPECT_EQ(remove_manifest(session, key.repository, digest(100), Timestamp{6}, bin), true);
        EXPECT_EQ(drop_idle_link(session, key, Timestamp{6}), true);
        EXPECT_TRUE(unheld(session).empty());
        EXPECT_TRUE(forecast_blobs(session, std::nullopt, Timestamp{9}, 10)->unheld.empty());
        EXPECT_FALSE(*condemn_blob(session, id, Timestamp{9}));
        ASSERT_TRUE(purge_deleted(session, Timestamp{1000}, 10));
        EXPECT_TRUE(*condemn_blob(session, id, Timestamp{9}));
    });
}

TEST_F(Garbage, AForecastSeesThroughIdleLinks) {
    write([](db::Session& session) {
        const std::int64_t idle = blob(session, 1);
        const std::int64_t needed = blob(session, 2);
        link(session, "a", idle, 5);
        link(session, "b", idle, 7);
        link(session, "a", needed, 5);
        refer(session, "a", 2);
        const auto found = [&session](std::int64_t before) {
            return forecast_blobs(session, std::nullopt, Timestamp{before}, 100)->unheld.size();
        };
        EXPECT_EQ(found(6), 0U);
        EXPECT_EQ(found(7), 1U);
        EXPECT_EQ(state(session, idle), 0);
    });
}

TEST_F(Garbage, CondemnedBlobsGoAfterTheReadGrace) {
    write([](db::Session& session) {
        const std::int64_t id = blob(session, 1);
        ASSERT_TRUE(condemn_blob(session, id, Timestamp{9}));
        EXPECT_TRUE(scan_removable(session, {}, Timestamp{8}, 10)->blobs.empty());
        EXPECT_EQ(count_waiting(session, Timestamp{8})->bytes, 7U);
        EXPECT_EQ(count_waiting(session, Timestamp{9})->blobs, 0U);
        EXPECT_FALSE(*begin_removal(session, id, Timestamp{8}));
        EXPECT_EQ(state(session, id), 1);
        EXPECT_EQ(scan_removable(session, {}, Timestamp{9}, 10)->blobs.size(), 1U);
        const auto leaving = begin_removal(session, id, Timestamp{9});
        ASSERT_TRUE(leaving && *leaving);
        EXPECT_EQ(state(session, id), 2);
        // A run that crashed here is done again, whatever the time.
        EXPECT_EQ(scan_removable(session, {}, Timestamp{0}, 10)->blobs.size(), 1U);
        EXPECT_TRUE(*begin_removal(session, id, Timestamp{0}));
        EXPECT_EQ(finish_removal(session, **leaving), true);
        EXPECT_EQ(finish_removal(session, **leaving), false);
        EXPECT_FALSE(find_blob(session, digest(1))->has_value());
    });
}

TEST_F(Garbage, APushTakesABlobBackAtAnyTime) {
    write([](db::Session& session) {
        const std::int64_t id = blob(session, 1, "old");
        ASSERT_TRUE(condemn_blob(session, id, Timestamp{9}));
        EXPECT_EQ(blob(session, 1, "second"), id);
        EXPECT_FALSE(*begin_removal(session, id, Timestamp{9}));
        EXPECT_EQ(state(session, id), 0);
        ASSERT_TRUE(condemn_blob(session, id, Timestamp{9}));
        const auto leaving = begin_removal(session, id, Timestamp{9});
        ASSERT_TRUE(leaving && *leaving);
        EXPECT_EQ((*leaving)->location, "second");
        EXPECT_EQ(blob(session, 1, "third"), id);
        EXPECT_EQ(finish_removal(session, **leaving), false);
        EXPECT_EQ((*find_blob(session, digest(1)))->location, "third");
        // Even when it is on its way out again: that is another object.
        ASSERT_TRUE(condemn_blob(session, id, Timestamp{9}));
        ASSERT_TRUE(begin_removal(session, id, Timestamp{9}));
        EXPECT_EQ(finish_removal(session, **leaving), false);
    });
}

TEST_F(Garbage, ACondemnedBlobThatIsHeldComesBack) {
    write([](db::Session& session) {
        const std::int64_t id = blob(session, 1);
        ASSERT_TRUE(condemn_blob(session, id, Timestamp{9}));
        link(session, "a", id, 5);
        EXPECT_FALSE(*begin_removal(session, id, Timestamp{9}));
        EXPECT_EQ(state(session, id), 0);
    });
}

TEST_F(Garbage, DamageStaysWhileItIsLinked) {
    write([](db::Session& session) {
        const std::int64_t id = blob(session, 1);
        const LinkKey key = link(session, "a", id, 5);
        constexpr std::int64_t kDamaged = 3;
        ASSERT_TRUE(session.execute(kSetState, {id, kDamaged}));
        EXPECT_FALSE(*begin_removal(session, id, Timestamp{9}));
        EXPECT_EQ(state(session, id), 3);
        EXPECT_EQ(drop_idle_link(session, key, Timestamp{5}), true);
        EXPECT_EQ(scan_removable(session, {}, Timestamp{0}, 10)->blobs.size(), 1U);
        EXPECT_TRUE(*begin_removal(session, id, Timestamp{0}));
        EXPECT_EQ(state(session, id), 2);
    });
}

TEST_F(Garbage, AnObjectIsAnOrphanWithoutRowAndUpload) {
    write([](db::Session& session) {
        blob(session, 1, "named");
        const auto orphan = [&session](const char* location) {
            return *is_orphan_object(session, digest(1), location, "upload");
        };
        EXPECT_FALSE(orphan("named"));
        EXPECT_TRUE(orphan("other"));
        UploadRow upload;
        upload.id = "upload";
        upload.repository = "a";
        ASSERT_TRUE(insert_upload(session, upload));
        EXPECT_FALSE(orphan("other"));
    });
}

TEST_F(Garbage, BytesAreKeptUntilATime) {
    write([](db::Session& session) {
        EXPECT_EQ(are_bytes_kept(session, Timestamp{1}), false);
        ASSERT_TRUE(keep_bytes_until(session, "x", Timestamp{5}, Timestamp{1}));
        EXPECT_EQ(are_bytes_kept(session, Timestamp{4}), true);
        EXPECT_EQ(are_bytes_kept(session, Timestamp{5}), false);
        ASSERT_TRUE(keep_bytes_until(session, "x", Timestamp{0}, Timestamp{1}));
        EXPECT_EQ(are_bytes_kept(session, Timestamp{4}), false);
    });
}

TEST_F(Garbage, WhoNeedsBytesNoMoreEndsNobodyElsesHold) {
    write([](db::Session& session) {
        ASSERT_TRUE(keep_bytes_until(session, "one", Timestamp{5}, Timestamp{1}));
        ASSERT_TRUE(keep_bytes_until(session, "two", Timestamp{9}, Timestamp{1}));
        ASSERT_TRUE(keep_bytes_until(session, "one", Timestamp{2}, Timestamp{2}));
        EXPECT_EQ(are_bytes_kept(session, Timestamp{8}), true);
        EXPECT_EQ(are_bytes_kept(session, Timestamp{9}), false);
        ASSERT_TRUE(keep_bytes_until(session, "three", Timestamp{20}, Timestamp{9}));
        EXPECT_EQ(upkeep_below(session, "garbage")->size(), 1U);
    });
}

}  // namespace
}  // namespace berth::meta
