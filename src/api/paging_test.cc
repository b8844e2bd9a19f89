// SPDX-License-Identifier: Apache-2.0
#include "api/paging.h"

#include "api/testing/api_fixture.h"

namespace berth::api {
namespace {

class PagingTest : public ApiFixture {
  protected:
    Result<registry::PageRequest> page(const std::string& query, ZeroPage zero = ZeroPage::empty) {
        const http::RequestHead head;
        http::FakeBody body({});
        http::Exchange exchange(head, body, "192.0.2.1", false);
        const SignIn sign_in{authenticator_, token_issuer_};
        http::BodyMemory body_memory(0);
        Context context(exchange, services_, sign_in, policy_, limits_, body_memory);
        context.query = http::Query::parse(query).value();
        return page_of_query(context, zero);
    }
};

TEST_F(PagingTest, CountAndStart) {
    EXPECT_EQ(page("").value().limit, 100U);
    EXPECT_EQ(page("").value().last, "");
    EXPECT_EQ(page("n=").value().limit, 100U);
    EXPECT_EQ(page("n=7&last=library%2Fbusybox").value().limit, 7U);
    EXPECT_EQ(page("n=7&last=library%2Fbusybox").value().last, "library/busybox");
    EXPECT_EQ(page("last=library/busybox").value().last, "library/busybox");
}

TEST_F(PagingTest, LargeCountsAreClamped) {
    EXPECT_EQ(page("n=1000").value().limit, 1000U);
    EXPECT_EQ(page("n=1001").value().limit, 1000U);
    EXPECT_EQ(page("n=99999999999999999999999").value().limit, 1000U);
}

TEST_F(PagingTest, WhatIsNoCountIsRefused) {
    for (const char* query : {"n=-1", "n=x", "n=1x", "n=+1", "n=1.5", "n=%201"}) {
        const auto request = page(query);
        ASSERT_FALSE(request) << query;
        EXPECT_EQ(request.error().code, Errc::pagination_invalid) << query;
    }
}

TEST_F(PagingTest, ZeroIsAnEmptyPageOrAnError) {
    EXPECT_EQ(page("n=0", ZeroPage::empty).value().limit, 0U);
    const auto refused = page("n=0", ZeroPage::refused);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::pagination_invalid);
}

TEST(NextLink, EscapesValuesAndKeepsTheOrder) {
    EXPECT_EQ(next_link("/v2/_catalog", {{"last", "library/busybox"}, {"n", "2"}, {"orderby", ""}}),
              "</v2/_catalog?last=library%2Fbusybox&n=2&orderby=>; rel=\"next\"");
    EXPECT_EQ(next_link("/v2/a/referrers/d", {{"artifactType", "a/b+c;d=e"}}),
              "</v2/a/referrers/d?artifactType=a%2Fb%2Bc%3Bd%3De>; rel=\"next\"");
}

}  // namespace
}  // namespace berth::api
