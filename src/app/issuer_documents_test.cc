// SPDX-License-Identifier: Apache-2.0
//
// The whole way to an issuer's keys: federation, HTTP client and TLS against a server that answers
// as an issuer does, or does not.
#include "app/issuer_documents.h"

#include "auth/oidc/federation.h"
#include "auth/testing/foreign_key.h"
#include "auth/testing/trust_fixture.h"
#include "http/testing/scripted_server.h"
#include "io/file.h"
#include "io/spawn.h"

#include <boost/asio/co_spawn.hpp>
#include <gmock/gmock.h>

#include <fcntl.h>
#include <latch>
#include <optional>

namespace berth::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr auth::Seconds kNow = 1'700'000'000;

class IssuerDocumentsTest : public auth::TrustFixture {
  protected:
    /// An issuer that answers discovery, and at /keys what `keys` says.
    void publish(std::function<std::string()> keys) {
        server_ = std::make_unique<http::ScriptedServer>(
            http::ScriptedServer::Tls::on,
            [this, keys = std::move(keys)](const std::string& target) {
                return target == "/.well-known/openid-configuration"
                           ? http::scripted_response(R"({"issuer":")" + url() +
                                                     R"(","jwks_uri":")" + url() + R"(/keys"})")
                           : keys();
            });
    }

    /// Makes the server's issuer one of the catalog.
    void trust(bool allow_private = true, bool own_ca = true) {
        auth::IssuerDocument document;
        document.issuer = url();
        document.audiences = {"berth"};
        document.allow_private = allow_private;
        document.ca_file = own_ca ? server_->ca_file() : "";
        add_issuer("ci", document);
        add_rule("ci", "all", {{"sub", "*"}}, {"pull"});
    }

    std::string url() const { return server_->url("localhost"); }

    std::string token() const {
        return key_.token(R"({"iss":")" + url() + R"(","sub":"job","aud":"berth","exp":)" +
                          std::to_string(kNow + 600) + "}");
    }

    Result<oci::Principal> sign_in() {
        std::optional<Result<oci::Principal>> outcome;
        const std::string text = token();
        loop_.context().restart();
        boost::asio::co_spawn(loop_.context(), keep(text, outcome),
                              [this](const std::exception_ptr&) { loop_.stop(); });
        loop_.run();
        return *std::move(outcome);
    }

    io::Task<void> keep(std::string text, std::optional<Result<oci::Principal>>& outcome) {
        const auth::ForeignCredentials credentials{text, ""};
        outcome.emplace(co_await federation_.sign_in(credentials, kNow));
    }

    /// What is said of a sign-in that fails.
    std::string problem() {
        const auto principal = sign_in();
        EXPECT_FALSE(principal);
        EXPECT_EQ(principal ? Errc::internal : principal.error().code, Errc::unavailable);
        return principal ? "" : principal.error().log_detail;
    }

    const auth::ForeignKey key_ = auth::ForeignKey::ec("k");
    std::unique_ptr<http::ScriptedServer> server_;
    const io::FileHandle log_target_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error, log_target_.fd()};
    io::Loop loop_;
    io::BlockingPool pool_{1, 8};
    IssuerDocuments documents_{loop_, pool_};
    auth::Federation federation_{
        {*database_, documents_, [this](io::Task<void> task) { io::spawn(loop_, std::move(task)); },
         log_}};
};

TEST_F(IssuerDocumentsTest, AnIssuerIsBelievedOverTls) {
    publish([this] { return http::scripted_response(key_.key_set()); });
    trust();
    const auto principal = sign_in();
    ASSERT_TRUE(principal) << principal.error().log_detail;
    EXPECT_EQ(principal->name, "ci:job");
    EXPECT_TRUE(sign_in());
    EXPECT_THAT(server_->targets(), ElementsAre("/.well-known/openid-configuration", "/keys"));
}

TEST_F(IssuerDocumentsTest, PrivateAddressesOnlyWhereTheyAreAllowed) {
    publish([this] { return http::scripted_response(key_.key_set()); });
    trust(false);
    EXPECT_THAT(problem(), HasSubstr("address that is not allowed"));
    EXPECT_TRUE(server_->targets().empty());
}

TEST_F(IssuerDocumentsTest, AnUnknownAuthorityIsNotTrusted) {
    publish([this] { return http::scripted_response(key_.key_set()); });
    trust(true, false);
    EXPECT_THAT(problem(), HasSubstr("certificate"));
    EXPECT_TRUE(server_->targets().empty());
}

TEST_F(IssuerDocumentsTest, ACaFileThatIsGoneIsSaid) {
    publish([this] { return http::scripted_response(key_.key_set()); });
    trust();
    std::filesystem::remove(server_->ca_file());
    EXPECT_THAT(problem(), HasSubstr("cert.pem"));
}

TEST_F(IssuerDocumentsTest, RedirectsAreNotFollowed) {
    publish([this] {
        return http::scripted_response("", "302 Found", "Location: " + url() + "/other\r\n");
    });
    trust();
    EXPECT_THAT(problem(), HasSubstr("answers 302, which is not followed"));
    EXPECT_THAT(server_->targets(), ElementsAre("/.well-known/openid-configuration", "/keys"));
}

TEST_F(IssuerDocumentsTest, TooMuchIsRefused) {
    publish([] { return http::scripted_response(std::string(256 * kKiB + 1, ' ')); });
    trust();
    EXPECT_THAT(problem(), HasSubstr("larger than the limit"));
}

TEST_F(IssuerDocumentsTest, AnIssuerThatIsDownIsSaid) {
    publish([] { return std::string(); });
    trust();
    server_->stop();
    EXPECT_THAT(problem(), HasSubstr("cannot connect"));
}

// Nobody waits longer for a slow issuer than the loop's deadlines allow: here the loop is made to
// end its connections at once.
TEST_F(IssuerDocumentsTest, ASlowIssuerIsGivenUp) {
    std::latch over(1);
    publish([this, &over] {
        boost::asio::post(loop_.context(), [this] { loop_.expire_all(); });
        over.wait();
        return http::scripted_response(key_.key_set());
    });
    trust();
    EXPECT_THAT(problem(), HasSubstr("connection closed"));
    over.count_down();
    // Before the latch goes.
    server_->stop();
}

}  // namespace
}  // namespace berth::app
