// SPDX-License-Identifier: Apache-2.0
#include "auth/oidc/key_source.h"

#include "auth/testing/fake_documents.h"
#include "auth/testing/foreign_key.h"
#include "io/file.h"

#include <gmock/gmock.h>

#include <fcntl.h>
#include <optional>

namespace berth::auth {
namespace {

using testing::ElementsAre;

constexpr Seconds kStart = 1'700'000'000;

class KeySourceTest : public testing::Test {
  protected:
    KeySourceTest() {
        publish(first_);
        location_.issuer = "https://i.example/";
        location_.discovery = "https://d.example";
        location_.rules = FetchRules("ca.pem", false);
        source_.emplace(KeySource::Parts{documents_, spawn_on_test_loop(), log_}, location_);
    }

    void publish(const ForeignKey& key) {
        documents_.publish("https://i.example/", "https://d.example", key.key_set());
    }

    /// internal: found.
    Errc find(const std::string& kid, Seconds at) {
        const auto key = io::run_task(source_->find(kid, SignatureAlgorithm::es256, at));
        return key ? Errc::internal : key.error().code;
    }

    std::size_t fetches() const { return documents_.fetched.size() / 2; }

    const ForeignKey first_ = ForeignKey::ec("first");
    const ForeignKey second_ = ForeignKey::ec("second");
    const io::FileHandle log_target_{::open("/dev/null", O_WRONLY | O_CLOEXEC)};
    telemetry::Logger log_{telemetry::LogFormat::text, telemetry::Level::error, log_target_.fd()};
    FakeDocuments documents_;
    KeyLocation location_;
    std::optional<KeySource> source_;
};

TEST_F(KeySourceTest, FetchesOnceAndRemembers) {
    EXPECT_TRUE(documents_.fetched.empty());
    const auto key = io::run_task(source_->find("first", SignatureAlgorithm::es256, kStart));
    ASSERT_TRUE(key);
    EXPECT_TRUE(key->verify("text", first_.sign("text")));
    EXPECT_EQ(find("first", kStart + 1), Errc::internal);
    EXPECT_THAT(documents_.fetched,
                ElementsAre("https://d.example/.well-known/openid-configuration",
                            "https://d.example/keys"));
    EXPECT_EQ(documents_.last_rules, FetchRules("ca.pem", false));
}

TEST_F(KeySourceTest, AnUnknownIdIsLookedForAgainButNotAtOnce) {
    EXPECT_EQ(find("second", kStart), Errc::token_invalid);
    publish(second_);
    EXPECT_EQ(find("second", kStart + KeySource::kPause - 1), Errc::token_invalid);
    EXPECT_EQ(fetches(), 1U);
    EXPECT_EQ(find("second", kStart + KeySource::kPause), Errc::internal);
    EXPECT_EQ(fetches(), 2U);
    EXPECT_EQ(find("first", kStart + KeySource::kPause + 1), Errc::token_invalid)
        << "a key that is withdrawn counts no more";
}

TEST_F(KeySourceTest, NobodyMakesItFetchWithoutEnd) {
    for (int i = 0; i < 100; ++i) {
        EXPECT_EQ(find("kid" + std::to_string(i), kStart + i / 50), Errc::token_invalid);
    }
    EXPECT_EQ(fetches(), 1U);
}

TEST_F(KeySourceTest, OldKeysAreRefreshedBehindTheBackOfWhoeverAsks) {
    EXPECT_EQ(find("first", kStart), Errc::internal);
    documents_.publish("https://i.example/", "https://d.example",
                       "{\"keys\":[" + first_.jwk() + "," + second_.jwk() + "]}");
    EXPECT_EQ(find("first", kStart + KeySource::kRefreshAge - 1), Errc::internal);
    EXPECT_EQ(fetches(), 1U);
    EXPECT_EQ(find("first", kStart + KeySource::kRefreshAge), Errc::internal);
    EXPECT_EQ(fetches(), 2U);
    EXPECT_EQ(find("second", kStart + KeySource::kRefreshAge + 1), Errc::internal);
    EXPECT_EQ(fetches(), 2U);
}

TEST_F(KeySourceTest, WhileTheIssuerIsDownTheKeysAtHandGoOnForADay) {
    EXPECT_EQ(find("first", kStart), Errc::internal);
    documents_.is_down = true;
    EXPECT_EQ(find("first", kStart + KeySource::kAgeMax - 1), Errc::internal);
    EXPECT_EQ(find("second", kStart + KeySource::kAgeMax - 1), Errc::token_invalid);
    EXPECT_EQ(find("first", kStart + KeySource::kAgeMax), Errc::unavailable);
    documents_.is_down = false;
    EXPECT_EQ(find("first", kStart + KeySource::kAgeMax + KeySource::kPause), Errc::internal);
}

TEST_F(KeySourceTest, AnIssuerThatIsDownIsNotAskedByEverybody) {
    documents_.is_down = true;
    EXPECT_EQ(find("first", kStart), Errc::unavailable);
    EXPECT_EQ(find("first", kStart + 1), Errc::unavailable);
    EXPECT_EQ(documents_.fetched.size(), 1U);
    documents_.is_down = false;
    EXPECT_EQ(find("first", kStart + KeySource::kPause), Errc::internal);
}

TEST_F(KeySourceTest, AnotherIssuersDocumentIsNotBelieved) {
    const std::string at = "https://d.example/.well-known/openid-configuration";
    for (const char* document :
         {R"({"issuer":"https://i.example","jwks_uri":"https://d.example/keys"})",
          R"({"issuer":"https://evil.example/","jwks_uri":"https://d.example/keys"})",
          R"({"jwks_uri":"https://d.example/keys"})", R"({"issuer":"https://i.example/"})",
          R"({"issuer":"https://i.example/","jwks_uri":"http://d.example/keys"})",
          R"({"issuer":"https://i.example/","jwks_uri":"file:///keys"})", "[]", "<html>"}) {
        documents_.documents[at] = document;
        source_.emplace(KeySource::Parts{documents_, spawn_on_test_loop(), log_}, location_);
        EXPECT_EQ(find("first", kStart), Errc::unavailable) << document;
    }
    documents_.documents[at] =
        R"({"issuer":"https://i.example/","jwks_uri":"https://d.example/keys"})";
    documents_.documents["https://d.example/keys"] = "no keys";
    source_.emplace(KeySource::Parts{documents_, spawn_on_test_loop(), log_}, location_);
    EXPECT_EQ(find("first", kStart), Errc::unavailable);
}

TEST_F(KeySourceTest, PlainHttpOnlyWithPrivateAddresses) {
    documents_.documents["https://d.example/.well-known/openid-configuration"] =
        R"({"issuer":"https://i.example/","jwks_uri":"http://127.0.0.1/keys"})";
    documents_.documents["http://127.0.0.1/keys"] = first_.key_set();
    EXPECT_EQ(find("first", kStart), Errc::unavailable);
    location_.rules.allow_private = true;
    source_.emplace(KeySource::Parts{documents_, spawn_on_test_loop(), log_}, location_);
    EXPECT_EQ(find("first", kStart), Errc::internal);
}

io::Task<void> find_into(KeySource& source, Seconds at, std::vector<Errc>& outcomes) {
    const auto key = co_await source.find("first", SignatureAlgorithm::es256, at);
    outcomes.push_back(key ? Errc::internal : key.error().code);
}

TEST_F(KeySourceTest, AllWhoWaitShareOneFetch) {
    documents_.is_holding = true;
    std::vector<Errc> outcomes;
    const Spawn spawn = spawn_on_test_loop();
    for (std::size_t i = 0; i < KeySource::kWaitersMax + 5; ++i) {
        spawn(find_into(*source_, kStart + static_cast<Seconds>(i), outcomes));
    }
    io::test_loop().restart();
    io::test_loop().poll();
    EXPECT_EQ(documents_.held(), 1U);
    EXPECT_EQ(outcomes, std::vector<Errc>(5, Errc::unavailable)) << "waiting has an end too";
    documents_.release();
    io::test_loop().restart();
    io::test_loop().run();
    ASSERT_EQ(outcomes.size(), KeySource::kWaitersMax + 5);
    EXPECT_EQ(std::ranges::count(outcomes, Errc::internal),
              static_cast<std::ptrdiff_t>(KeySource::kWaitersMax));
    EXPECT_EQ(fetches(), 1U);
}

TEST_F(KeySourceTest, AFetchMayOutliveItsSource) {
    documents_.is_holding = true;
    std::vector<Errc> outcomes;
    spawn_on_test_loop()(find_into(*source_, kStart, outcomes));
    io::test_loop().restart();
    io::test_loop().poll();
    source_.reset();
    documents_.release();
    io::test_loop().restart();
    io::test_loop().run();
    EXPECT_THAT(outcomes, ElementsAre(Errc::internal));
}

}  // namespace
}  // namespace berth::auth
