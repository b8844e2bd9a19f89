// SPDX-License-Identifier: Apache-2.0
//
// The order of work: target, route, account, right, handler; and that nothing later leaks into
// something earlier. What handlers answer in detail is the exchange tables' matter.
#include "api/pipeline.h"

#include "api/testing/api_fixture.h"

#include <gmock/gmock.h>

#include <utility>

namespace berth::api {
namespace {

using http::Method;
using testing::HasSubstr;

constexpr const char* kAlice = "Basic YWxpY2U6b3Blbg==";
constexpr const char* kWrong = "Basic YWxpY2U6c2h1dA==";
const std::string kMissing =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

class OpenPipelineTest : public ApiFixture {};

class ClosedPipelineTest : public ApiFixture {
  protected:
    ClosedPipelineTest() : ApiFixture(auth::AnonymousAccess::none) { add_alice(); }
};

class ReadablePipelineTest : public ApiFixture {
  protected:
    ReadablePipelineTest() : ApiFixture(auth::AnonymousAccess::read) {}
};

TEST_F(ClosedPipelineTest, TheBaseAsksForAnAccount) {
    const http::Response response = get("/v2/");
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(response.content_length(), 149U);
    EXPECT_EQ(header_of(response, "Www-Authenticate"),
              R"(Bearer realm="http://registry.test/oauth2/token",service="registry.test")");
    EXPECT_EQ(operation_, "base");
    const http::Response signed_in = ask(Ask(Method::get, "/v2/").with("Authorization", kAlice));
    EXPECT_EQ(signed_in.status, 200);
    EXPECT_EQ(body_of(signed_in), "{}");
    EXPECT_EQ(principal_, "alice");
}

TEST_F(ClosedPipelineTest, AMissIsAMissWithoutAnAccount) {
    const http::Response miss = get("/v2/wrong%20name/blobs/uploads/");
    EXPECT_EQ(miss.status, 404);
    EXPECT_EQ(miss.content_type, "text/plain; charset=utf-8");
    EXPECT_EQ(body_of(miss), "404 page not found\n");
    EXPECT_EQ(header_of(miss, "Access-Control-Expose-Headers"), "");
    EXPECT_EQ(header_of(miss, "Www-Authenticate"), "");

    const http::Response outside = get("/wrong%20location");
    EXPECT_EQ(outside.status, 404);
    EXPECT_EQ(outside.content_type, "application/octet-stream");
    EXPECT_EQ(body_of(outside), "Not found");
    EXPECT_TRUE(outside.headers.empty());
    EXPECT_EQ(header_of(outside, "Strict-Transport-Security"),
              "max-age=31536000; includeSubDomains");

    EXPECT_EQ(get("/v2").status, 301);
    EXPECT_EQ(get("/v2/%zz").status, 400);
    EXPECT_EQ(get("*").status, 400);
}

TEST_F(ClosedPipelineTest, AWrongMethodIs405WithAllow) {
    const http::Response response = ask(Ask(Method::post, "/v2/a/tags/list"));
    EXPECT_EQ(response.status, 405);
    EXPECT_EQ(header_of(response, "Allow"), "GET, HEAD");
    EXPECT_NE(header_of(response, "Docker-Distribution-Api-Version"), "");
}

TEST_F(ClosedPipelineTest, AWrongMethodOnATokenEndpointHasItsHeaders) {
    const http::Response response = ask(Ask(Method::put, "/oauth2/token"));
    EXPECT_EQ(response.status, 405);
    std::vector<std::string_view> names;
    http::for_each_header(response,
                          [&](std::string_view name, std::string_view) { names.push_back(name); });
    EXPECT_THAT(names, testing::ElementsAre("Allow", "X-Ms-Correlation-Request-Id",
                                            "Strict-Transport-Security"));
}

// Every route: without an account the answer is 401, whatever else is wrong with the request, and
// nothing of its body is read.
TEST_F(ClosedPipelineTest, NobodyReachesAHandlerUnauthorised) {
    const std::string uuid = "7d0c1e52-93ab-4c6f-8e21-5a40b6d7f913";
    const std::pair<Method, std::string> requests[] = {
        {Method::get, "/v2/_catalog?n=x"},
        {Method::get, "/v2/a/manifests/latest"},
        {Method::put, "/v2/a/manifests/sha256:abcdef?tag=%20"},
        {Method::remove, "/v2/a/manifests/latest"},
        {Method::head, "/v2/a/blobs/" + kMissing},
        {Method::get, "/v2/a/blobs/sha256:ab"},
        {Method::remove, "/v2/a/blobs/" + kMissing},
        {Method::post, "/v2/a/blobs/uploads/?digest=nonsense"},
        {Method::post, "/v2/a/blobs/uploads/?from=b&mount=" + kMissing},
        {Method::get, "/v2/a/blobs/uploads/" + uuid},
        {Method::patch, "/v2/a/blobs/uploads/" + uuid},
        {Method::put, "/v2/a/blobs/uploads/" + uuid + "?digest=nonsense"},
        {Method::remove, "/v2/a/blobs/uploads/" + uuid},
        {Method::get, "/v2/a/tags/list?n=x"},
        {Method::get, "/v2/a/referrers/" + kMissing},
        // A query nobody can read is no reason to skip the question who is asking.
        {Method::get, "/v2/a/tags/list?n=%"},
        {Method::post, "/v2/a/blobs/uploads/?mount=%zz"},
    };
    for (const auto& [method, target] : requests) {
        const http::Response response =
            ask(Ask(method, target).with("Content-Range", "nonsense").body("hello"));
        EXPECT_EQ(response.status, 401) << target;
        EXPECT_EQ(body_reads_, 0) << target;
        EXPECT_EQ(header_of(response, "X-Ms-Request-Id"), "") << target;
        EXPECT_EQ(principal_, "") << target;
    }
}

TEST_F(ClosedPipelineTest, AMalformedQueryIs400OnceAuthorised) {
    const http::Response response =
        ask(Ask(Method::get, "/v2/a/tags/list?n=%").with("Authorization", kAlice));
    EXPECT_EQ(response.status, 400);
}

TEST_F(ClosedPipelineTest, WrongCredentialsAreRefused) {
    for (const char* value : {kWrong, "Basic", "Basic !", "Bearer abc", ""}) {
        const Ask request = Ask(Method::get, "/v2/").with("Authorization", value);
        EXPECT_EQ(ask(request).status, 401) << value;
    }
    const Ask twice =
        Ask(Method::get, "/v2/").with("Authorization", kAlice).with("authorization", kAlice);
    EXPECT_EQ(ask(twice).status, 401);
}

TEST_F(ClosedPipelineTest, TheChallengeSaysWhatIsWrongWithAToken) {
    const auto challenge_for = [this](const std::string& value) {
        return header_of(ask(Ask(Method::get, "/v2/").with("Authorization", value)),
                         "Www-Authenticate");
    };
    EXPECT_THAT(challenge_for("Bearer abc"), testing::EndsWith(",error=\"malformed_token\""));
    EXPECT_THAT(challenge_for("Bearer eyJhIjoxfQ.eyJhIjoxfQ.AAAA"),
                testing::EndsWith(",error=\"invalid_token\""));
    EXPECT_THAT(challenge_for(kWrong), testing::EndsWith("service=\"registry.test\""));
}

TEST_F(ClosedPipelineTest, TheChallengeNamesTheScopes) {
    const http::Response response =
        ask(Ask(Method::post, "/v2/hello-world/blobs/uploads/?from=source&mount=" + kMissing));
    EXPECT_THAT(body_of(response),
                HasSubstr(R"({"Type":"repository","Name":"hello-world","Action":"push"},)"
                          R"({"Type":"repository","Name":"source","Action":"pull"}]}]})"));
}

TEST_F(ReadablePipelineTest, WhoReadsWithoutATokenIsToldToFetchOne) {
    EXPECT_EQ(get("/v2/_catalog").status, 401);
    EXPECT_EQ(get("/v2/a/manifests/latest").status, 401);
    EXPECT_EQ(status_of(Method::post, "/v2/a/blobs/uploads/"), 401);
    const std::vector<oci::Scope> wanted{oci::Scope("repository", "a", {oci::Action::pull})};
    const std::string token =
        io::run_task(token_issuer_.issue_access(oci::Principal(), "registry.test", wanted,
                                                now().ticks / kTicksPerSecond))
            .value();
    const Ask manifest =
        Ask(Method::get, "/v2/a/manifests/latest").with("Authorization", "Bearer " + token);
    EXPECT_EQ(ask(manifest).status, 404);
}

// In every mode: clients look there for how to sign in.
TEST_F(OpenPipelineTest, TheBaseAlwaysAsks) {
    const http::Response response = get("/v2/");
    EXPECT_EQ(response.status, 401);
    EXPECT_THAT(header_of(response, "Www-Authenticate"), testing::StartsWith("Bearer realm="));
    EXPECT_EQ(get("/v2/_catalog").status, 200);
}

TEST_F(OpenPipelineTest, IdsAreOnRepositoryAnswersOnly) {
    const http::Response found =
        ask(Ask(Method::get, "/v2/a/manifests/latest").with("X-Ms-Client-Request-Id", "mine"));
    EXPECT_EQ(found.status, 404);
    EXPECT_EQ(header_of(found, "X-Ms-Client-Request-Id"), "mine");
    EXPECT_EQ(header_of(found, "X-Ms-Request-Id").size(), 36U);
    EXPECT_EQ(header_of(found, "X-Ms-Correlation-Request-Id").size(), 36U);
    EXPECT_EQ(header_of(get("/v2/_catalog"), "X-Ms-Request-Id"), "");
}

TEST_F(OpenPipelineTest, AProtocolErrorHasTheUsualHeaders) {
    const http::Response response = pipeline_.refuse(http::ProtocolError{400, "missing Host"});
    EXPECT_EQ(response.status, 400);
    EXPECT_EQ(header_of(response, "Docker-Distribution-Api-Version"), "registry/2.0");
    EXPECT_THAT(body_of(response), HasSubstr("missing Host"));
}

/// A pipeline with limits of its own, over the services of the fixture.
class LimitedPipelineTest : public OpenPipelineTest {
  protected:
    void limit(const Limits& limits) {
        limited_limits_ = limits;
        limited_ = std::make_unique<Pipeline>(Pipeline::Parts{
            services_, SignIn{authenticator_, token_issuer_}, policy_, limited_limits_, log_,
            nullptr, nullptr, http::TrustedProxies::parse("10.0.0.0/8").value()});
        asked_ = limited_.get();
    }

    /// How many of some requests in a row get 429, each by `request`.
    int refused(const Ask& request) {
        int count = 0;
        for (int i = 0; i < 20; ++i) {
            const http::Response response = ask(request);
            if (response.status == 429) {
                ++count;
                EXPECT_THAT(body_of(response), HasSubstr(R"("code":"TOOMANYREQUESTS")"));
                EXPECT_NE(header_of(response, "Retry-After"), "");
                EXPECT_NE(header_of(response, "X-Ms-Correlation-Request-Id"), "");
            }
        }
        return count;
    }

    Limits limited_limits_;
    std::unique_ptr<Pipeline> limited_;
};

TEST_F(LimitedPipelineTest, AnAddressHasItsRate) {
    Limits limits;
    limits.requests_per_second_per_address_max = 5;
    limit(limits);
    const Ask request(Method::get, "/v2/_catalog");
    EXPECT_GT(refused(request), 0);
    peer_ = "192.0.2.2";
    EXPECT_EQ(ask(request).status, 200) << "another address";
    // Even what is no path of ours.
    peer_ = "192.0.2.3";
    EXPECT_GT(refused(Ask(Method::get, "/nonsense")), 0);
    // Behind a proxy it is the client's.
    peer_ = "10.0.0.1";
    EXPECT_GT(refused(Ask(Method::get, "/v2/_catalog").with("X-Forwarded-For", "192.0.2.4")), 0);
    EXPECT_EQ(ask(Ask(Method::get, "/v2/_catalog").with("X-Forwarded-For", "192.0.2.5")).status,
              200);
}

TEST_F(LimitedPipelineTest, AnAccountHasItsRateWhereverItIs) {
    add_alice();
    Limits limits;
    limits.requests_per_second_per_account_max = 5;
    limit(limits);
    const Ask request =
        Ask(Method::get, "/v2/_catalog").with("Authorization", "Basic YWxpY2U6b3Blbg==");
    EXPECT_GT(refused(request), 0);
    EXPECT_EQ(refused(Ask(Method::get, "/v2/_catalog")), 0) << "nobody is no account";
}

TEST_F(LimitedPipelineTest, WithoutALimitThereIsNone) {
    EXPECT_EQ(refused(Ask(Method::get, "/v2/_catalog")), 0);
}

TEST_F(LimitedPipelineTest, BodiesTakeNoMoreMemoryThanThereIs) {
    Limits limits;
    limits.body_memory_bytes_max = 100;
    limit(limits);
    Ask put(Method::put, "/v2/a/manifests/latest");
    EXPECT_EQ(ask(put.body(std::string(100, 'x'))).status, 400);
    EXPECT_EQ(ask(put.body(std::string(100, 'x'))).status, 400) << "what was taken was given back";
    const http::Response response = ask(put.body(std::string(101, 'x')));
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(header_of(response, "Retry-After"), "1");
    EXPECT_THAT(body_of(response), HasSubstr("too many bodies at once"));
    Ask patch(Method::patch, "/acr/v1/a");
    EXPECT_EQ(ask(patch.body(std::string(101, 'x'))).status, 503);
    const Ask form = Ask(Method::post, "/oauth2/token")
                         .with("Content-Type", "application/x-www-form-urlencoded")
                         .body(std::string(101, 'x'));
    EXPECT_EQ(ask(form).status, 503);
}

}  // namespace
}  // namespace berth::api
