// SPDX-License-Identifier: Apache-2.0
#include "app/admin_service.h"

#include "app/testing/watched_store.h"
#include "http/testing/fake_body.h"
#include "io/testing/run_task.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace berth::app {
namespace {

using testing::HasSubstr;

class AdminServiceTest : public WatchedStore {
  protected:
    http::Response ask(http::Method method, std::string_view target) {
        http::RequestHead head;
        head.method = method;
        head.target = target;
        http::FakeBody body({}, 0);
        http::Exchange exchange(head, body, "127.0.0.1", false);
        return io::run_task(service_.handle(exchange));
    }

    http::Response get(std::string_view target) { return ask(http::Method::get, target); }

    static std::string text_of(const http::Response& response) {
        return std::get<std::string>(response.body);
    }

    AdminService service_{readiness_, [] { return std::string("berth_x 1\n"); }};
};

TEST_F(AdminServiceTest, AnswersItsThreePathsAndNothingElse) {
    EXPECT_EQ(get("/healthz").status, 200);
    EXPECT_EQ(get("/readyz").status, 200);
    EXPECT_EQ(text_of(get("/metrics?name=x")), "berth_x 1\n");
    EXPECT_EQ(get("/metrics").content_type, "text/plain; version=0.0.4; charset=utf-8");
    for (const char* other : {"/", "/healthz/", "/v2/", "/metricsx", "*", "", "/%68ealthz"}) {
        EXPECT_EQ(get(other).status, 404) << other;
    }
}

TEST_F(AdminServiceTest, TakesGetAndHeadOnly) {
    EXPECT_EQ(ask(http::Method::head, "/healthz").status, 200);
    for (const http::Method method :
         {http::Method::post, http::Method::put, http::Method::remove, http::Method::other}) {
        EXPECT_EQ(ask(method, "/healthz").status, 405);
        EXPECT_EQ(ask(method, "/v2/").status, 404);
    }
}

TEST_F(AdminServiceTest, IsNotReadyWhileItDrains) {
    EXPECT_THAT(text_of(get("/readyz")), HasSubstr(R"({"ready":true,"checks":[{"name":"accepting",)"
                                                   R"("ok":true})"));
    readiness_.begin_drain();
    EXPECT_EQ(get("/readyz").status, 503);
    EXPECT_THAT(text_of(get("/readyz")),
                HasSubstr(R"({"ready":false,"checks":[{"name":"accepting","ok":false,)"
                          R"("reason":"draining")"));
    EXPECT_EQ(get("/healthz").status, 200);
}

}  // namespace
}  // namespace berth::app
