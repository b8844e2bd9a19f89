// SPDX-License-Identifier: Apache-2.0
#include "api/error_response.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::api {
namespace {

std::string body_of(const http::Response& response) {
    return std::get<std::string>(response.body);
}

TEST(ErrorMapping, EveryErrcHasAStatusACodeAndAText) {
    for (std::size_t i = 0; i < kErrcCount; ++i) {
        const auto code = static_cast<Errc>(i);
        const ErrorMapping& mapping = mapping_of(code);
        EXPECT_EQ(mapping.code, code);
        EXPECT_GE(mapping.status, 400) << name_of(code);
        EXPECT_LT(mapping.status, 600) << name_of(code);
        EXPECT_FALSE(mapping.oci_code.empty()) << name_of(code);
        EXPECT_FALSE(mapping.message.empty()) << name_of(code);
        const http::Response response = error_response(Error(code, "for the log only"));
        EXPECT_EQ(response.status, mapping.status);
        EXPECT_EQ(response.content_type, "application/json; charset=utf-8");
        const std::string body = body_of(response);
        EXPECT_TRUE(body.starts_with("{\"errors\":[{\"code\":\"")) << body;
        EXPECT_TRUE(body.ends_with("\"}]}\n") || code == Errc::disallowed) << body;
        EXPECT_EQ(body.find("log only"), std::string::npos) << body;
    }
}

struct WireCase {
    Error error;
    int status;
    std::string_view body;
    std::size_t length;  // as recorded
};

TEST(ErrorResponse, ExactBodiesOfTheCatalogue) {
    const std::string digest =
        "sha256:721089ae5c4d90e58e3d7f7e6c652a351621fbf37c26eceae23622173ec5a44d";
    const WireCase cases[] = {
        {Error(Errc::name_unknown).with_message("repository \"wrong-name\" is not found"), 404,
         R"({"errors":[{"code":"NAME_UNKNOWN","message":"repository \"wrong-name\" is not )"
         R"(found"}]})",
         88},
        {Error(Errc::name_unknown).with_wire_detail(R"({"name":"not_real_repo"})"), 404,
         R"({"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known to registry",)"
         R"("detail":{"name":"not_real_repo"}}]})",
         121},
        {Error(Errc::tag_unknown), 404,
         R"({"errors":[{"code":"TAG_UNKNOWN","message":"the specified tag does not exist"}]})", 81},
        {Error(Errc::manifest_unknown), 404,
         R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]})", 70},
        {Error(Errc::manifest_unknown)
             .with_message("manifest tagged by \"wrong-tag\" is not found")
             .with_wire_detail(R"({"Tag":"wrong-tag"})"),
         404,
         R"({"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest tagged by \"wrong-tag\" )"
         R"(is not found","detail":{"Tag":"wrong-tag"}}]})",
         128},
        {Error(Errc::blob_unknown), 404,
         R"({"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown to registry"}]})", 74},
        {Error(Errc::upload_range_invalid)
             .with_wire_detail(R"({"Range":"-1--1","Reason":"the Content-Range header format is )"
                               R"(invalid"})"),
         416,
         R"({"errors":[{"code":"BLOB_UPLOAD_RANGE_INVALID","message":"blob upload range invalid",)"
         R"("detail":{"Range":"-1--1","Reason":"the Content-Range header format is invalid"}}]})",
         169},
        {Error(Errc::digest_invalid).with_wire_detail("\"digest parsing failed\""), 400,
         R"({"errors":[{"code":"DIGEST_INVALID","message":"provided digest did not match uploaded )"
         R"(content","detail":"digest parsing failed"}]})",
         131},
        {Error(Errc::manifest_invalid).with_wire_detail(R"({"Reason":{}})"), 400,
         R"({"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid",)"
         R"("detail":{"Reason":{}}}]})",
         93},
        {Error(Errc::unsupported).with_message("A manifest can only be deleted by digest."), 405,
         R"({"errors":[{"code":"UNSUPPORTED","message":"A manifest can only be deleted by )"
         R"(digest."}]})",
         90},
        {Error(Errc::disallowed), 405,
         R"({"errors":[{"code":"REGISTRY_DISALLOWED_OPERATION","message":"The operation is )"
         R"(disallowed on this registry, repository or image. View troubleshooting steps at )"
         R"(https://aka.ms/acr/faq/#why-does-my-pull-or-push-request-fail-with-disallowed-)"
         R"(operation","detail":{}}]})",
         263},
    };
    for (const WireCase& item : cases) {
        const http::Response response = error_response(item.error);
        EXPECT_EQ(response.status, item.status);
        EXPECT_EQ(body_of(response), std::string(item.body) + "\n");
        EXPECT_EQ(response.content_length(), item.length) << item.body;
    }
    const std::string not_found = "manifest " + digest + " is not found";
    const http::Response by_digest =
        error_response(Error(Errc::manifest_unknown).with_message(not_found));
    EXPECT_EQ(by_digest.content_length(), 147U);
}

TEST(ErrorResponse, OneEntryPerMissingItem) {
    const std::string first = "sha256:" + std::string(64, 'a');
    const std::string second = "sha256:" + std::string(64, 'b');
    const http::Response one =
        error_response(Error(Errc::manifest_blob_unknown).with_items({first}));
    EXPECT_EQ(body_of(one),
              R"({"errors":[{"code":"MANIFEST_BLOB_UNKNOWN","message":"blob unknown to registry",)"
              R"("detail":")" +
                  first + "\"}]}\n");
    EXPECT_EQ(one.content_length(), 166U);
    const http::Response two =
        error_response(Error(Errc::manifest_blob_unknown).with_items({first, second}));
    EXPECT_EQ(two.content_length(), 319U);
    EXPECT_EQ(two.status, 400);
}

TEST(ErrorResponse, WhatIsForNowSaysWhenToComeBack) {
    for (const Errc code :
         {Errc::unavailable, Errc::read_only, Errc::disk_full, Errc::rate_limited}) {
        const http::Response response = error_response(Error(code));
        ASSERT_EQ(response.headers.size(), 1U) << name_of(code);
        EXPECT_EQ(response.headers[0].name, "Retry-After");
        EXPECT_EQ(response.headers[0].value, "1");
        const http::Response later =
            error_response(Error(code).with_retry_after(std::chrono::seconds(42)));
        ASSERT_EQ(later.headers.size(), 1U) << name_of(code);
        EXPECT_EQ(later.headers[0].value, "42");
    }
    EXPECT_TRUE(error_response(Error(Errc::io_error)).headers.empty());
}

oci::Scope scope(std::string type, std::string name, std::vector<oci::Action> actions) {
    return {std::move(type), std::move(name), std::move(actions)};
}

TEST(UnauthorizedResponse, LengthsAsRecorded) {
    using oci::Action;
    EXPECT_EQ(unauthorized_response({}, "").content_length(), 149U);
    const auto length_of = [](const oci::Scope& wanted) {
        return unauthorized_response({wanted}, "").content_length();
    };
    EXPECT_EQ(length_of(scope("registry", "catalog", {Action::catalog})), 196U);
    EXPECT_EQ(length_of(scope("repository", "hello-world", {Action::pull})), 205U);
    EXPECT_EQ(length_of(scope("repository", "nginx", {Action::remove})), 201U);
    EXPECT_EQ(length_of(scope("repository", "hello-world", {Action::pull, Action::push})), 264U);
}

TEST(UnauthorizedResponse, ExactBodyAndChallenge) {
    const http::Response response =
        unauthorized_response({scope("repository", "a", {oci::Action::pull, oci::Action::push}),
                               scope("repository", "b", {oci::Action::pull})},
                              "Bearer x");
    EXPECT_EQ(response.status, 401);
    EXPECT_EQ(body_of(response),
              R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required, visit )"
              R"(https://aka.ms/acr/authorization for more information.","detail":[)"
              R"({"Type":"repository","Name":"a","Action":"pull"},)"
              R"({"Type":"repository","Name":"a","Action":"push"},)"
              R"({"Type":"repository","Name":"b","Action":"pull"}]}]})"
              "\n");
    ASSERT_EQ(response.headers.size(), 1U);
    EXPECT_EQ(response.headers[0].name, "Www-Authenticate");
    EXPECT_EQ(response.headers[0].value, "Bearer x");
    EXPECT_NE(body_of(unauthorized_response({}, "")).find(",\"detail\":null}"), std::string::npos);
}

TEST(SignInRefusedResponse, Exact) {
    EXPECT_EQ(body_of(sign_in_refused_response("c0ffee")),
              R"({"errors":[{"code":"UNAUTHORIZED","message":"authentication required, visit )"
              R"(https://aka.ms/acr/authorization for more information. CorrelationId: )"
              R"(c0ffee"}]})"
              "\n");
}

TEST(ProtocolErrorResponse, KeepsStatusAndReason) {
    const http::Response response =
        protocol_error_response(http::ProtocolError{431, "request head too large"});
    EXPECT_EQ(response.status, 431);
    EXPECT_NE(body_of(response).find("\"request head too large\""), std::string::npos);
}

}  // namespace
}  // namespace berth::api
