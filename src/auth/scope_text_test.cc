// SPDX-License-Identifier: Apache-2.0
#include "auth/scope_text.h"

#include <gtest/gtest.h>

#include <string>

namespace berth::auth {
namespace {

// `type:name:actions` joined by blanks, or "malformed".
std::string read(const std::vector<std::string_view>& texts) {
    const auto scopes = parse_scopes(texts);
    if (!scopes) {
        return "malformed";
    }
    std::string out;
    for (const oci::Scope& scope : *scopes) {
        out += (out.empty() ? "" : " ") + scope.type + ":" + scope.name + ":";
        for (const oci::Action action : scope.actions) {
            out += out.ends_with(':') ? "" : ",";
            out += oci::name_of(action);
        }
    }
    return out;
}

TEST(ScopeText, WhatClientsAskFor) {
    EXPECT_EQ(read({"repository:hello-world:pull"}), "repository:hello-world:pull");
    EXPECT_EQ(read({"repository:a/b:push,pull"}), "repository:a/b:push,pull");
    EXPECT_EQ(read({"registry:catalog:* repository:*:*"}), "registry:catalog:* repository:*:*");
    EXPECT_EQ(read({"repository:a:pull,delete,metadata_read,metadata_write"}),
              "repository:a:pull,delete,metadata_read,metadata_write");
    EXPECT_EQ(read({"repository:a:pull", "repository:b:pull  repository:c:push"}),
              "repository:a:pull repository:b:pull repository:c:push");
}

TEST(ScopeText, WhatWasDeleted) {
    EXPECT_EQ(read({"repository:a:deleted_read,deleted_restore"}),
              "repository:a:deleted_read,deleted_restore");
    EXPECT_EQ(read({"registry:deleted_catalog:*"}), "registry:deleted_catalog:*");
}

TEST(ScopeText, NothingIsAskedFor) {
    EXPECT_EQ(read({}), "");
    EXPECT_EQ(read({""}), "");
    EXPECT_EQ(read({" "}), "");
}

TEST(ScopeText, WhatCannotBeGrantedIsLeftOut) {
    EXPECT_EQ(read({"repository:a:deleted_write,pull,pull"}), "repository:a:pull");
    EXPECT_EQ(read({"repository:a:deleted_write repository:b:pull"}), "repository:b:pull");
    EXPECT_EQ(read({"repository(plugin):a:pull"}), "");
    EXPECT_EQ(read({"artifact-repository:a:*"}), "");
    EXPECT_EQ(read({"registry:other_catalog:*"}), "");
    EXPECT_EQ(read({"repository:UPPER:pull"}), "");
    EXPECT_EQ(read({"repository:host:5000/a:pull"}), "");
    EXPECT_EQ(read({"repository:team/*:pull"}), "");
}

TEST(ScopeText, Malformed) {
    for (const std::string_view text :
         {"repository", "repository:a", "::", ":a:pull", "repository::pull",
          "repository:a:", "repository:a:pull,", "repository:a b:pull", "repository:a\":pull",
          "repository:a:pu\"ll", "repo sitory:a:pull", "repository:a\n:pull"}) {
        EXPECT_EQ(read({text}), "malformed") << text;
    }
    std::string many;
    for (std::size_t i = 0; i < kScopesMax; ++i) {
        many += "repository:a:pull ";
    }
    EXPECT_NE(read({many}), "malformed");
    EXPECT_EQ(read({many + "repository:a:pull"}), "malformed");
}

}  // namespace
}  // namespace berth::auth
