// SPDX-License-Identifier: Apache-2.0
#include "app/verify_report.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include <string>

namespace berth::app {
namespace {

TEST(VerifyReportTest, NothingIsWrong) {
    VerifyReport report("data", false);
    report.count([](VerifyCounts& counts) {
        counts.blobs = 1;
        counts.bytes_hashed = 2048;
    });
    report.set_elapsed(std::chrono::milliseconds(1500));
    EXPECT_EQ(report.text(),
              "data: 1 blob (0 in the catalog), 0 manifests, 0 objects, 0 uploads\n"
              "2.0 KiB hashed in 1.5 s\nnothing is wrong\n");
    EXPECT_TRUE(boost::json::parse(report.json()).at("clean").as_bool());
}

TEST(VerifyReportTest, ListsWhatIsWrongAndNotesApart) {
    VerifyReport report("data", true);
    report.add({FindingKind::damaged_blob, "sha256:1", "is short", "quarantined"});
    report.add({FindingKind::strange_file, "notes.txt", "is no object", ""});
    EXPECT_EQ(report.findings(), 1U);
    EXPECT_EQ(report.repaired(), 1U);
    EXPECT_TRUE(
        report.text().starts_with("damaged_blob: sha256:1: is short -> quarantined\n"
                                  "note: strange_file: notes.txt: is no object\n"));
    EXPECT_TRUE(report.text().ends_with("1 finding, 1 repaired\n"));
    const boost::json::value json = boost::json::parse(report.json());
    EXPECT_FALSE(json.at("clean").as_bool());
    EXPECT_EQ(json.at("findings").as_array().size(), 1U);
    EXPECT_EQ(json.at("notes").at(0).at("repaired"), nullptr);
    EXPECT_EQ(json.at("counts").at("damaged_blob").to_number<int>(), 1);
}

TEST(VerifyReportTest, CountsMoreThanItLists) {
    VerifyReport report("data", false);
    for (int i = 0; i < 1500; ++i) {
        report.add({FindingKind::missing_blob, "sha256:1", "no such file", ""});
    }
    report.add({FindingKind::orphan_object, "x", "no row", ""});
    EXPECT_EQ(report.findings(), 1501U);
    EXPECT_EQ(report.listed().size(), 1001U);
    EXPECT_NE(report.text().find("missing_blob: 1500 in all, the first 1000 are listed"),
              std::string::npos);
}

}  // namespace
}  // namespace berth::app
