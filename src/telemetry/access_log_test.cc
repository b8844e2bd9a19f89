// SPDX-License-Identifier: Apache-2.0
#include "telemetry/access_log.h"

#include "telemetry/testing_pipe.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace berth::telemetry {
namespace {

AccessRecord sample_record() {
    AccessRecord record;
    record.time = Timestamp{17'101'453'617'310'264};
    record.remote_address = "127.0.0.1:40000";
    record.method = "GET";
    record.target = "/v2/hello-world/manifests/latest";
    record.status = 200;
    record.bytes_in = 0;
    record.bytes_out = 9125;
    record.duration = std::chrono::microseconds(57);
    record.principal = "admin";
    record.operation = "manifest_get";
    record.correlation_id = "0d1f";
    record.user_agent = "skopeo/1.9.3";
    return record;
}

std::string written(LogFormat format, const AccessRecord& record) {
    Pipe pipe;
    {
        AccessLog log(format, pipe.writer());
        log.write(record);
    }
    return pipe.read_all();
}

TEST(AccessLog, WritesText) {
    EXPECT_EQ(written(LogFormat::text, sample_record()),
              "2024-03-11T08:22:41.7310264Z info  request method=GET "
              "target=/v2/hello-world/manifests/latest status=200 in=0 out=9125 us=57 "
              "principal=admin operation=manifest_get id=0d1f remote=127.0.0.1:40000 "
              "agent=skopeo/1.9.3\n");
}

TEST(AccessLog, WritesJsonWithoutEmptyTexts) {
    AccessRecord record = sample_record();
    record.principal = "";
    record.operation = "";
    EXPECT_EQ(written(LogFormat::json, record),
              R"({"time":"2024-03-11T08:22:41.7310264Z","level":"info","event":"request",)"
              R"("method":"GET","target":"/v2/hello-world/manifests/latest","status":200,"in":0,)"
              R"("out":9125,"us":57,"id":"0d1f","remote":"127.0.0.1:40000",)"
              R"("agent":"skopeo/1.9.3"})"
              "\n");
}

TEST(AccessLog, ARefusedHeadHasAReason) {
    const std::string method(100, 'M');
    AccessRecord record;
    record.time = sample_record().time;
    record.method = method;
    record.status = 400;
    record.reason = "malformed head";
    EXPECT_EQ(written(LogFormat::text, record),
              "2024-03-11T08:22:41.7310264Z info  request method=" + method.substr(0, 32) +
                  " target=- status=400 in=0 out=0 us=0 principal=- operation=- id=- remote=- "
                  "agent=- reason=\"malformed head\"\n");
}

TEST(AccessLog, ClientsCannotForgeLinesOrFields) {
    AccessRecord record = sample_record();
    record.user_agent = "x\n2024 info request status=200\r\x1b[2J\x7f\xc2\x85\xc2\x9b\xff";
    record.principal = "a principal=b";
    record.target = "/v2/a\" status=500";
    for (const LogFormat format : {LogFormat::text, LogFormat::json}) {
        const std::string line = written(format, record);
        EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
        EXPECT_TRUE(line.ends_with("\n"));
        const bool clean = std::all_of(line.begin(), line.end() - 1,
                                       [](char c) { return c >= ' ' && c < '\x7f'; });
        EXPECT_TRUE(clean) << line;
        EXPECT_NE(
            line.find(R"("x\n2024 info request status=200\r\u001b[2J\u007f\u0085\u009b\ufffd")"),
            std::string::npos)
            << line;
        EXPECT_NE(line.find(R"("a principal=b")"), std::string::npos) << line;
        EXPECT_NE(line.find(R"("/v2/a\" status=500")"), std::string::npos) << line;
    }
}

TEST(AccessLog, CutsWhatClientsMakeLong) {
    AccessRecord record = sample_record();
    record.target = "";
    const std::string long_text(16'000, 'x');
    record.target = long_text;
    record.user_agent = long_text;
    EXPECT_LT(written(LogFormat::text, record).size(), 3000U);
}

TEST(MaskSecrets, HidesValuesOnly) {
    const std::pair<const char*, const char*> cases[] = {
        {"/v2/", "/v2/"},
        {"/v2/_catalog?n=2&last=a", "/v2/_catalog?n=2&last=a"},
        {"/v2/a/blobs/uploads/1?_nouploadcache=false&_state=abc%3D&digest=sha256:00",
         "/v2/a/blobs/uploads/1?_nouploadcache=false&_state=***&digest=sha256:00"},
        {"/oauth2/token?password=p&Refresh_Token=r&service=s",
         "/oauth2/token?password=***&Refresh_Token=***&service=s"},
        {"/x?p%61ssword=p", "/x?p%61ssword=***"},
        {"/x?token=a=b", "/x?token=***"},
        {"/x?token", "/x?token"},
        {"/x?token=", "/x?token=***"},
        {"/x?&&token=a&", "/x?&&token=***&"},
        {"/x?a?token=b", "/x?a?token=b"},
        {"/x?", "/x?"},
        {"", ""},
        {"http://reg:5000/v2/?n=1", "http://reg:5000/v2/?n=1"},
        {"http://admin:p@reg:5000/v2/", "http://***@reg:5000/v2/"},
        {"https://a:p@q@reg/v2/?token=t", "https://***@reg/v2/?token=***"},
        {"ftp://a:p@reg", "ftp://***@reg"},
        {"admin:p@reg:5000", "***@reg:5000"},
        {"/v2/x:y@z", "/v2/x:y@z"},
        {"http://a:p/q?r@reg/v2/", "http://***@reg/v2/"},
        {"@", "***@"},
    };
    for (const auto& [target, masked] : cases) {
        EXPECT_EQ(mask_secrets(target), masked);
    }
}

TEST(AccessLog, MasksTheTarget) {
    AccessRecord record = sample_record();
    record.target = "/v2/?access_token=hidden-value";
    EXPECT_EQ(written(LogFormat::text, record).find("hidden-value"), std::string::npos);
    record.target = "http://admin:hidden-value@reg/v2/";
    EXPECT_EQ(written(LogFormat::text, record).find("hidden-value"), std::string::npos);
    const std::string long_password =
        "http://admin:hidden-value" + std::string(5000, 'x') + "@reg/v2/";
    record.target = long_password;
    EXPECT_EQ(written(LogFormat::text, record).find("hidden-value"), std::string::npos);
}

}  // namespace
}  // namespace berth::telemetry
