// SPDX-License-Identifier: Apache-2.0
#include "blob/fs/fs_objects.h"

#include "blob/testing/fs_store_fixture.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <string>

namespace berth::blob {
namespace {

using io::run_task;

class FsObjects : public FsStoreTest {
  protected:
    Location store(std::string_view text) {
        auto upload = begin();
        EXPECT_TRUE(append(*upload, text));
        Location location = finish(*upload, sha256(text)).value();
        EXPECT_TRUE(run_task(upload->discard()));
        return location;
    }

    ObjectList list_all() {
        ObjectList all;
        for (std::size_t part = 0; part < store_->object_parts(); ++part) {
            const ObjectList some = run_task(store_->list_objects(part)).value();
            all.objects.insert(all.objects.end(), some.objects.begin(), some.objects.end());
            all.strangers.insert(all.strangers.end(), some.strangers.begin(), some.strangers.end());
        }
        return all;
    }
};

TEST_F(FsObjects, AreListedWithWhatTheirNamesSay) {
    EXPECT_TRUE(list_all().objects.empty());
    const Location first = store("first");
    const std::string first_id = id_;
    store("second");
    const ObjectList all = list_all();
    ASSERT_EQ(all.objects.size(), 2U);
    EXPECT_TRUE(all.strangers.empty());
    const StoredObject& one = all.objects[all.objects[0].location.text == first.text ? 0 : 1];
    EXPECT_EQ(one.location.text, first.text);
    EXPECT_EQ(one.digest, sha256("first"));
    EXPECT_EQ(one.upload_id, first_id);
}

TEST_F(FsObjects, StrangersAreToldApart) {
    const Location object = store("first");
    const auto blobs = directory_.path() / "blobs";
    const std::string shard = object.text.substr(0, std::string("sha256/xx").size());
    const std::set<std::string> planted = {"readme", "sha256/zz", "sha512/a.txt", shard + "/note"};
    for (const std::string& name : planted) {
        std::ofstream(blobs / name) << "x";
    }
    const ObjectList all = list_all();
    EXPECT_EQ(all.objects.size(), 1U);
    EXPECT_EQ(std::set<std::string>(all.strangers.begin(), all.strangers.end()), planted);
}

TEST_F(FsObjects, SizesAreTheFiles) {
    const Location object = store("first");
    EXPECT_EQ(run_task(store_->size_of(object)), 5U);
    ASSERT_TRUE(run_task(store_->remove(object)));
    EXPECT_EQ(run_task(store_->size_of(object)), 0U);
    EXPECT_EQ(run_task(store_->size_of(Location("../x"))).error().code, Errc::corrupt);
}

}  // namespace
}  // namespace berth::blob
