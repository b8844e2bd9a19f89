// SPDX-License-Identifier: Apache-2.0
#include "api/routes.h"

#include "http/uri.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace berth::api {
namespace {

using http::Method;
using Kind = RouteMatch::Kind;

constexpr std::string_view kDigest =
    "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
constexpr std::string_view kUuid = "7d0c1e52-93ab-4c6f-8e21-5a40b6d7f913";

/// The pattern with something in place of each placeholder.
std::string example_of(std::string_view pattern) {
    std::string path(pattern);
    for (const auto& [placeholder, text] :
         {std::pair<std::string_view, std::string_view>{"{name}", "library/hello-world"},
          {"{reference}", "v1.0"},
          {"{tag}", "_v1.0-x"},
          {"{digest}", kDigest},
          {"{uuid}", kUuid}}) {
        if (const std::size_t at = path.find(placeholder); at != std::string::npos) {
            path.replace(at, placeholder.size(), text);
        }
    }
    return path;
}

/// As some SDKs send it: slashes and colons inside a segment escaped.
std::string encoded(std::string path) {
    for (const auto& [raw, code] : {std::pair<std::string, std::string>{"library/", "library%2F"},
                                    {"sha256:", "sha256%3A"}}) {
        if (const std::size_t at = path.find(raw); at != std::string::npos) {
            path.replace(at, raw.size(), code);
        }
    }
    return path;
}

Kind kind_of(Method method, const std::string& target) {
    const auto parts = http::parse_target(target);
    EXPECT_TRUE(parts) << target;
    return match_route(method, parts->path).kind;
}

TEST(Routes, EachIsFoundRawAndPercentEncoded) {
    for (const Route& route : routes()) {
        const std::string raw = example_of(route.pattern);
        for (const std::string& target : {raw, encoded(raw)}) {
            const auto parts = http::parse_target(target);
            ASSERT_TRUE(parts) << target;
            const RouteMatch match = match_route(route.method, parts->path);
            ASSERT_EQ(match.kind, Kind::found) << target;
            EXPECT_EQ(match.route, &route) << target;
            EXPECT_EQ(match.parameters.name.empty(),
                      route.pattern.find("{name}") == std::string_view::npos);
            if (!match.parameters.name.empty()) {
                EXPECT_EQ(match.parameters.name, "library/hello-world");
            }
        }
    }
}

TEST(Routes, EachHasItsOwnOperationAndAHandler) {
    std::set<std::string_view> operations;
    std::set<std::pair<std::string_view, Method>> urls;
    for (const Route& route : routes()) {
        EXPECT_TRUE(operations.insert(route.operation).second) << route.operation;
        EXPECT_TRUE(urls.insert({route.pattern, route.method}).second) << route.operation;
        EXPECT_NE(route.handler, nullptr) << route.operation;
    }
}

std::string scopes_text(const Route& route, const std::string& query = "") {
    RouteParameters parameters;
    parameters.name = "n";
    std::string text;
    for (const oci::Scope& scope : scopes_of(route, parameters, *http::Query::parse(query))) {
        text += (text.empty() ? "" : " ") + scope.type + ":" + scope.name + ":";
        for (const oci::Action action : scope.actions) {
            text += (text.ends_with(':') ? "" : ",") + std::string(oci::name_of(action));
        }
    }
    return text;
}

TEST(Routes, EachAsksForItsScope) {
    for (const Route& route : routes()) {
        const std::string text = scopes_text(route);
        const std::string_view operation = route.operation;
        if (operation == "base" || operation == "key_set_get" || operation.starts_with("token_")) {
            EXPECT_EQ(text, "") << operation;
        } else if (operation == "acr_deleted_catalog_list") {
            EXPECT_EQ(text, "registry:deleted_catalog:*");
        } else if (operation == "acr_deleted_manifest_restore") {
            EXPECT_EQ(text, "repository:n:deleted_read,deleted_restore");
        } else if (operation.starts_with("acr_deleted_")) {
            EXPECT_EQ(text, "repository:n:deleted_read") << operation;
        } else if (operation.ends_with("catalog_list")) {
            EXPECT_EQ(text, "registry:catalog:*");
        } else if (operation.ends_with("_delete")) {
            EXPECT_EQ(text, "repository:n:delete") << operation;
        } else if (operation.starts_with("upload_") || operation == "manifest_put") {
            EXPECT_EQ(text, "repository:n:pull,push") << operation;
        } else if (operation.starts_with("acr_")) {
            EXPECT_EQ(text, operation.ends_with("_patch") ? "repository:n:metadata_write"
                                                          : "repository:n:metadata_read")
                << operation;
        } else {
            EXPECT_EQ(text, "repository:n:pull") << operation;
        }
    }
}

TEST(Routes, AMountAsksForTheSourceToo) {
    const RouteMatch match = match_route(Method::post, "/v2/n/blobs/uploads/");
    ASSERT_EQ(match.kind, Kind::found);
    EXPECT_EQ(scopes_text(*match.route, "from=a/b&mount=sha256:ab"),
              "repository:n:pull,push repository:a/b:pull");
    EXPECT_EQ(scopes_text(*match.route, "mount=sha256:ab"), "repository:n:pull,push");
    EXPECT_EQ(scopes_text(*match.route, "from=a/b"), "repository:n:pull,push");
    EXPECT_EQ(scopes_text(*match.route, "from=A%22B&mount=sha256:ab"), "repository:n:pull,push");
}

TEST(Routes, Parameters) {
    const auto name_and_reference = [](Method method, std::string_view path) {
        const RouteMatch match = match_route(method, path);
        return match.parameters.name + " " + match.parameters.reference;
    };
    EXPECT_EQ(name_and_reference(Method::get, "/v2/a/b/c/manifests/latest"), "a/b/c latest");
    EXPECT_EQ(name_and_reference(Method::get, "/v2/a/manifests/sha256:abcdef"), "a sha256:abcdef");
    // Names that look like parts of routes.
    EXPECT_EQ(name_and_reference(Method::get, "/v2/manifests/manifests/manifests"),
              "manifests manifests");
    EXPECT_EQ(name_and_reference(Method::post, "/v2/blobs/uploads/blobs/uploads/"),
              "blobs/uploads ");
    EXPECT_EQ(name_and_reference(Method::get, "/v2/a/manifests/tags/list"), "a/manifests ");
    EXPECT_EQ(name_and_reference(Method::patch, "/acr/v1/a/b/_tags/latest"), "a/b latest");
    EXPECT_EQ(name_and_reference(Method::get, "/acr/v1/a/_manifests/sha256:abcdef"),
              "a sha256:abcdef");
    EXPECT_EQ(name_and_reference(Method::get, "/acr/v1/catalog"), "catalog ");
    EXPECT_EQ(name_and_reference(Method::get, "/v2/a/tags/list/manifests/list"),
              "a/tags/list list");
}

TEST(Routes, MissesOfTheRealRegistry) {
    for (const char* target : {"/v2/wrong%20name/blobs/uploads/",
                               "/v2/alpine/blobs/wrong%20digest",
                               "/v2/DOESNOTEXIST/manifests/x",
                               "/v2/Nonexistent/tags/list",
                               "/acr/v1/DOESNOTEXIST/_tags/X",
                               "/acr/v1/Nonexistent/_tags/Nonexistent",
                               "/acr/v1/",
                               "/acr/v1/_tags",
                               "/acr/v1/a/",
                               "/acr/v1/a/_nothing",
                               "/acr/v1/a/_tags/",
                               "/acr/v1/a/_tags/.x",
                               "/acr/v1/a/_tags/sha256:abcdef",
                               "/acr/v1/a/_tags/x/y",
                               "/acr/v1/a/_manifests/",
                               "/acr/v1/a/_manifests/first",
                               "/acr/v1/a/_manifests/wrong-digest",
                               "/acr/v1/a/_manifests/sha256:abcdefghijkl",
                               "/acr/v2/a",
                               "/acr/v1",
                               "/v2//manifests/x",
                               "/v2/a//b/manifests/x",
                               "/v2/a/../b/manifests/x",
                               "/v2/a/blobs/sha256:",
                               "/v2/a/blobs/sha256:abcdefghijkl",
                               "/v2/a/blobs/latest",
                               "/v2/a/manifests/",
                               "/v2/a/manifests/.x",
                               "/v2/a/manifests/a%20b",
                               "/v2/a/tags/list/",
                               "/v2/a/tags",
                               "/v2/a/referrers/latest",
                               "/v2/a/blobs/uploads/not-a-uuid",
                               "/v2/a/blobs/uploads/7D0C1E52-93AB-4C6F-8E21-5A40B6D7F913",
                               "/v2/_catalog/",
                               "/v2/a",
                               "/oauth2/nothing"}) {
        EXPECT_EQ(kind_of(Method::get, target), Kind::miss) << target;
    }
}

TEST(Routes, OutsideEveryPrefix) {
    for (const char* target :
         {"/", "/wrong%20location", "/v1/", "/v22/", "/acr", "/V2/", "/.well-known/",
          "/.well-known/openid-configuration", "/.well-known/jwks.json/"}) {
        EXPECT_EQ(kind_of(Method::get, target), Kind::outside) << target;
    }
}

TEST(Routes, AWrongMethodNamesTheRightOnes) {
    const auto allowed = [](Method method, std::string_view path) {
        const RouteMatch match = match_route(method, path);
        EXPECT_EQ(match.kind, Kind::wrong_method) << path;
        return match.allowed;
    };
    EXPECT_EQ(allowed(Method::post, "/v2/"), "GET, HEAD");
    EXPECT_EQ(allowed(Method::patch, "/v2/a/manifests/x"), "GET, HEAD, PUT, DELETE");
    EXPECT_EQ(allowed(Method::put, std::string("/v2/a/blobs/") + std::string(kDigest)),
              "HEAD, GET, DELETE");
    EXPECT_EQ(allowed(Method::get, "/v2/a/blobs/uploads/"), "POST");
    EXPECT_EQ(allowed(Method::post, "/acr/v1/_catalog"), "GET, HEAD");
    EXPECT_EQ(allowed(Method::put, "/acr/v1/a/b"), "GET, HEAD, PATCH, DELETE");
    EXPECT_EQ(allowed(Method::remove, "/acr/v1/a/_tags"), "GET, HEAD");
    EXPECT_EQ(allowed(Method::post, "/acr/v1/a/_tags/x"), "GET, HEAD, PATCH, DELETE");
    EXPECT_EQ(allowed(Method::remove, "/acr/v1/a/_manifests/sha256:ab"), "GET, HEAD, PATCH");
    EXPECT_EQ(allowed(Method::other, "/v2/a/tags/list"), "GET, HEAD");
}

TEST(Routes, RequestIdsAreOnRepositoriesAndOfTheMetadataApiOnDeletes) {
    for (const Route& route : routes()) {
        const bool named = route.pattern.find("{name}") != std::string_view::npos;
        const bool metadata = route.operation.starts_with("acr_");
        EXPECT_EQ(carries_request_ids(route),
                  named && (!metadata || route.operation.ends_with("_delete")))
            << route.operation;
    }
}

TEST(Routes, HeadFindsGet) {
    EXPECT_EQ(match_route(Method::head, "/v2/a/manifests/x").route->operation, "manifest_get");
    EXPECT_EQ(match_route(Method::head, "/v2/").route->operation, "base");
    const std::string blob = "/v2/a/blobs/" + std::string(kDigest);
    EXPECT_EQ(match_route(Method::head, blob).route->operation, "blob_head");
}

}  // namespace
}  // namespace berth::api
