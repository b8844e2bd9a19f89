// SPDX-License-Identifier: Apache-2.0
//
// The token endpoints through the pipeline, and what their tokens then open. Bytes on the wire are
// the exchange tables' matter.
#include "api/testing/api_fixture.h"
#include "auth/jwt.h"
#include "base/encode.h"

#include <gmock/gmock.h>

namespace berth::api {
namespace {

using http::Method;
using testing::HasSubstr;
using testing::Not;

constexpr const char* kAlice = "Basic YWxpY2U6b3Blbg==";
constexpr const char* kWrong = "Basic YWxpY2U6c2h1dA==";
const std::string kService = "service=registry.test";

class TokenTest : public ApiFixture {
  protected:
    explicit TokenTest(auth::AnonymousAccess anonymous = auth::AnonymousAccess::none)
        : ApiFixture(anonymous) {
        add_alice();
    }

    http::Response post(const std::string& form, const std::string& path = "/oauth2/token") {
        return ask(Ask(Method::post, path)
                       .with("Content-Type", "application/x-www-form-urlencoded")
                       .body(form));
    }

    http::Response get_with(const std::string& query, const std::string& authorization) {
        return ask(Ask(Method::get, "/oauth2/token?" + query).with("Authorization", authorization));
    }

    /// The value of a member of a token answer; "" when absent.
    static std::string member(const http::Response& response, const std::string& name) {
        const std::string body = body_of(response);
        const std::string start = "\"" + name + "\":\"";
        const std::size_t at = body.find(start);
        if (at == std::string::npos) {
            return "";
        }
        const std::size_t begin = at + start.size();
        return body.substr(begin, body.find('"', begin) - begin);
    }

    static std::string payload(const std::string& token) {
        const auto jwt = auth::split_jwt(token);
        return jwt ? jwt->payload : "no token";
    }

    std::string access_for(const std::string& scope) {
        return member(get_with(kService + "&scope=" + scope, kAlice), "access_token");
    }

    std::string refresh() {
        return member(get_with(kService + "&offline_token=true", kAlice), "refresh_token");
    }

    http::Response ask_with(Method method, const std::string& target, const std::string& value) {
        return ask(Ask(method, target).with("Authorization", value));
    }

    static std::string nil_basic(const std::string& password) {
        const std::string pair = "00000000-0000-0000-0000-000000000000:" + password;
        return "Basic " + base64_encode(as_bytes(pair));
    }

    static void expect_empty(const http::Response& response, int status) {
        EXPECT_EQ(response.status, status);
        EXPECT_EQ(response.content_type, "");
        EXPECT_EQ(response.content_length(), 0U);
    }

    static void expect_refused(const http::Response& response) {
        EXPECT_EQ(response.status, 401);
        EXPECT_THAT(body_of(response), HasSubstr("\"UNAUTHORIZED\""));
        EXPECT_THAT(body_of(response), HasSubstr("CorrelationId: "));
        EXPECT_THAT(body_of(response), Not(HasSubstr("detail")));
    }
};

class ReadableTokenTest : public TokenTest {
  protected:
    ReadableTokenTest() : TokenTest(auth::AnonymousAccess::read) {}
};

TEST_F(TokenTest, BasicGetsWhatItAsksFor) {
    const http::Response response =
        get_with(kService + "&scope=repository:app:pull,push&account=alice&client_id=x", kAlice);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(principal_, "alice");
    EXPECT_EQ(operation_, "token_get");
    EXPECT_EQ(header_of(response, "Docker-Distribution-Api-Version"), "");
    EXPECT_EQ(member(response, "refresh_token"), "");
    const std::string token = member(response, "access_token");
    EXPECT_EQ(body_of(response), "{\"access_token\":\"" + token + "\"}\n");
    EXPECT_THAT(payload(token), HasSubstr(R"("access":[{"Type":"repository","Name":"app",)"
                                          R"("Actions":["pull","push"]}])"));
    EXPECT_EQ(ask_with(Method::get, "/v2/app/tags/list", "Bearer " + token).status, 404);
    EXPECT_EQ(principal_, "alice");
    EXPECT_EQ(ask_with(Method::get, "/v2/", "Bearer " + token).status, 200);
}

TEST_F(TokenTest, ATokenOpensWhatItNamesAndNoMore) {
    const std::string bearer = "Bearer " + access_for("repository:app:pull");
    EXPECT_EQ(ask_with(Method::get, "/v2/app/tags/list", bearer).status, 404);
    for (const std::string target : {"/v2/other/tags/list", "/v2/_catalog"}) {
        const http::Response response = ask_with(Method::get, target, bearer);
        EXPECT_EQ(response.status, 401) << target;
        EXPECT_THAT(header_of(response, "Www-Authenticate"),
                    testing::EndsWith(",error=\"insufficient_scope\""));
    }
    EXPECT_EQ(ask_with(Method::post, "/v2/app/blobs/uploads/", bearer).status, 401);
    const std::string all = "Bearer " + access_for("repository:*:*&scope=registry:catalog:*");
    EXPECT_EQ(ask_with(Method::post, "/v2/app/blobs/uploads/", all).status, 202);
    EXPECT_EQ(ask_with(Method::get, "/v2/_catalog", all).status, 200);
}

// The account owns the session, however it signed in.
TEST_F(TokenTest, BasicAndBearerShareAnUpload) {
    const std::string bearer = "Bearer " + access_for("repository:app:pull,push");
    const http::Response started = ask_with(Method::post, "/v2/app/blobs/uploads/", bearer);
    const std::string link = header_of(started, "Location");
    EXPECT_EQ(ask_with(Method::get, link, kAlice).status, 204);
    EXPECT_EQ(ask_with(Method::get, link, bearer).status, 204);
}

// A token for the target alone is not enough: the client is told to get one for both.
TEST_F(TokenTest, AMountNeedsItsSourceInTheToken) {
    const std::string digest = "sha256:" + std::string(64, 'a');
    const std::string target = "/v2/app/blobs/uploads/?from=source&mount=" + digest;
    const std::string alone = "Bearer " + access_for("repository:app:pull,push");
    const http::Response refused = ask_with(Method::post, target, alone);
    EXPECT_EQ(refused.status, 401);
    EXPECT_THAT(header_of(refused, "Www-Authenticate"),
                HasSubstr("scope=\"repository:app:pull,push repository:source:pull\","
                          "error=\"insufficient_scope\""));
    const std::string both =
        "Bearer " + access_for("repository:app:pull,push&scope=repository:source:pull");
    EXPECT_EQ(ask_with(Method::post, target, both).status, 202);
}

TEST_F(TokenTest, WrongCredentials) {
    expect_refused(get_with(kService, kWrong));
    expect_refused(get_with(kService, "Basic !"));
    expect_refused(get_with(kService, "Bearer " + access_for("repository:app:pull")));
    expect_refused(get("/oauth2/token?" + kService));
    expect_refused(post("grant_type=password&scope=repository:a:pull&" + kService));
    expect_refused(
        post("grant_type=password&username=alice&password=x&scope=repository:a:pull&" + kService));
    EXPECT_EQ(principal_, "");
}

TEST_F(TokenTest, MalformedRequests) {
    const std::string scope = "&scope=repository:a:pull";
    const std::string alice = "grant_type=password&username=alice&password=open";
    EXPECT_EQ(post(alice + scope + "&" + kService).status, 200);
    for (const std::string& form :
         {alice + scope, alice + "&" + kService, alice + scope + "&service=other",
          alice + "&scope=repository:a&" + kService, "grant_type=magic" + scope + "&" + kService,
          scope + "&" + kService, alice + "&username=alice" + scope + "&" + kService,
          alice + "&grant_type=password" + scope + "&" + kService, std::string("a=%"),
          "grant_type=refresh_token" + scope + "&" + kService}) {
        expect_empty(post(form), 400);
    }
    expect_empty(get_with("scope=repository:a:pull", kAlice), 400);
    expect_empty(get_with(kService + "&scope=nonsense", kAlice), 400);
    expect_empty(get_with(kService + "&scope=%", kAlice), 400);
    expect_empty(ask(Ask(Method::post, "/oauth2/token").body("a=b")), 400);
    expect_empty(post(std::string(kFormBytesMax + 1, 'a')), 413);
}

TEST_F(TokenTest, RefreshTokens) {
    const http::Response offline = post(
        "grant_type=password&access_type=offline&username=alice&password=open&scope=&" + kService);
    const std::string token = member(offline, "refresh_token");
    EXPECT_THAT(payload(token), HasSubstr("\"grant_type\":\"refresh_token\""));
    const std::string form =
        "grant_type=refresh_token&scope=repository:app:pull&" + kService + "&refresh_token=";
    const http::Response redeemed = post(form + token);
    EXPECT_EQ(redeemed.status, 200);
    EXPECT_EQ(principal_, "alice");
    const std::string access = member(redeemed, "access_token");
    EXPECT_EQ(ask_with(Method::get, "/v2/app/tags/list", "Bearer " + access).status, 404);
    expect_empty(post(form + access), 401);
    expect_empty(post(form + "abc"), 401);
    expect_empty(post(form + token.substr(0, token.size() - 2) + "AA"), 401);
    // Not in place of an access token.
    EXPECT_THAT(header_of(ask_with(Method::get, "/v2/", "Bearer " + token), "Www-Authenticate"),
                HasSubstr("error=\"invalid_token\""));
}

TEST_F(TokenTest, ATokenAsPassword) {
    const std::string token = refresh();
    EXPECT_EQ(ask_with(Method::get, "/v2/_catalog", nil_basic(token)).status, 200);
    EXPECT_EQ(principal_, "alice");
    const http::Response again = get_with(kService + "&offline_token=true", nil_basic(token));
    EXPECT_EQ(member(again, "refresh_token"), token) << "it does not live longer";
    // An access token stays what it is.
    const std::string access = access_for("repository:app:pull");
    EXPECT_EQ(ask_with(Method::get, "/v2/app/tags/list", nil_basic(access)).status, 404);
    EXPECT_EQ(ask_with(Method::get, "/v2/_catalog", nil_basic(access)).status, 401);
    const http::Response more = get_with(
        kService + "&offline_token=true&scope=repository:app:pull,push", nil_basic(access));
    EXPECT_EQ(more.status, 200);
    EXPECT_EQ(member(more, "refresh_token"), "");
    EXPECT_THAT(payload(member(more, "access_token")), HasSubstr(R"("Actions":["pull"])"));
    expect_refused(get_with(kService, nil_basic("abc")));
    EXPECT_THAT(header_of(ask_with(Method::get, "/v2/", nil_basic("abc")), "Www-Authenticate"),
                Not(HasSubstr("error")));
}

TEST_F(TokenTest, ExchangeTrustsNobody) {
    const std::string form = "grant_type=access_token&" + kService + "&access_token=eyJ.eyJ.abc";
    expect_empty(post(form, "/oauth2/exchange"), 401);
    EXPECT_EQ(operation_, "token_exchange");
    for (const std::string& bad :
         {std::string("grant_type=access_token&" + kService), std::string(""),
          "grant_type=password&" + kService + "&access_token=a",
          std::string("grant_type=access_token&service=other&access_token=a"),
          "grant_type=access_token_refresh_token&" + kService + "&access_token=a",
          form + "&access_token=b"}) {
        expect_empty(post(bad, "/oauth2/exchange"), 400);
    }
}

TEST_F(ReadableTokenTest, AnonymousGetsWhatTheModeAllows) {
    const std::string scope =
        "&scope=repository:app:pull,push,metadata_read,metadata_write registry:catalog:*";
    for (const std::string& form :
         {"grant_type=password" + scope + "&" + kService,
          "grant_type=password&refresh_token=" + scope + "&" + kService,
          "grant_type=refresh_token&refresh_token=" + scope + "&" + kService}) {
        const http::Response response = post(form);
        EXPECT_EQ(response.status, 200);
        const std::string token = member(response, "access_token");
        EXPECT_THAT(payload(token),
                    HasSubstr(R"("access":[{"Type":"repository","Name":"app",)"
                              R"("Actions":["pull","metadata_read"]},{"Type":"registry",)"
                              R"("Name":"catalog","Actions":["*"]}])"));
        EXPECT_EQ(ask_with(Method::get, "/v2/app/tags/list", "Bearer " + token).status, 404);
        const http::Response refused =
            ask_with(Method::post, "/v2/app/blobs/uploads/", "Bearer " + token);
        EXPECT_THAT(header_of(refused, "Www-Authenticate"), HasSubstr("insufficient_scope"));
    }
    EXPECT_EQ(get_with(kService, "Basic Og==").status, 200);
    const http::Response response = get("/oauth2/token?offline_token=true&" + kService);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(member(response, "refresh_token"), "");
    EXPECT_EQ(ask_with(Method::get, "/v2/", "Bearer " + member(response, "access_token")).status,
              200);
}

}  // namespace
}  // namespace berth::api
