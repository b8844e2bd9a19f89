// SPDX-License-Identifier: Apache-2.0
//
// For tests: an issuer's documents in memory, changed at will, counted, and held back when a test
// wants others to wait.
#pragma once

#include "auth/oidc/document_source.h"
#include "auth/oidc/key_source.h"
#include "io/resume.h"
#include "io/testing/run_task.h"

#include <boost/asio/co_spawn.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace berth::auth {

class FakeDocuments final : public DocumentSource {
  public:
    /// Discovery and keys of `issuer`.
    void publish(const std::string& issuer, const std::string& discovery, const std::string& keys) {
        documents[discovery + "/.well-known/openid-configuration"] =
            "{\"issuer\":\"" + issuer + "\",\"jwks_uri\":\"" + discovery + "/keys\"}";
        documents[discovery + "/keys"] = keys;
    }

    io::Task<Result<std::string>> fetch(std::string url, FetchRules rules) override {
        fetched.push_back(url);
        last_rules = rules;
        if (is_holding) {
            std::function<void(io::Signal)> start = [this](io::Signal signal) {
                held_.push_back(std::move(signal));
            };
            co_await io::wait_for_signal(start);
        }
        const auto found = documents.find(url);
        if (is_down || found == documents.end()) {
            co_return fail(Errc::unavailable, url + " does not answer");
        }
        co_return found->second;
    }

    void release() {
        is_holding = false;
        for (const io::Signal& signal : std::exchange(held_, {})) {
            signal();
        }
    }

    std::size_t held() const { return held_.size(); }

    std::map<std::string, std::string> documents;
    bool is_down = false;
    bool is_holding = false;
    std::vector<std::string> fetched;
    FetchRules last_rules;

  private:
    std::vector<io::Signal> held_;
};

/// On the loop of run_task().
inline Spawn spawn_on_test_loop() {
    return [](io::Task<void> task) {
        boost::asio::co_spawn(io::test_loop(), std::move(task), [](const std::exception_ptr&) {});
    };
}

}  // namespace berth::auth
