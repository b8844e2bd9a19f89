// SPDX-License-Identifier: Apache-2.0
//
// For tests of connections: a Service that answers by target, and remembers what it was asked.
//   /echo    the body            /ignore  "ignored", the body unread
//   /file    4 pieces of a file  /refuse  401, the body unread
//   /close   asks to close       others   the target
#pragma once

#include "http/exchange.h"
#include "io/testing/temporary_directory.h"

#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace berth::http {

class ScriptedService final : public Service {
  public:
    io::Task<Response> handle(Exchange& exchange) override {
        const std::string target(exchange.request.target);
        targets.push_back(target);
        if (when_handling) {
            when_handling();
        }
        Response response(200);
        response.content_type = "text/plain";
        if (target == "/echo") {
            BodyMemory::Share share(memory_);
            Result<std::string> text = co_await read_all(exchange.body, kEchoMax, share);
            response.status = text ? 200 : 400;
            response.body = text.value_or("broken");
        } else if (target == "/ignore") {
            response.body = std::string("ignored");
        } else if (target == "/refuse") {
            response.status = 401;
        } else if (target == "/file") {
            response.body = file_body();
        } else {
            response.body = target;
            response.close = target == "/close";
        }
        co_return response;
    }

    Response refuse(const ProtocolError& error) override {
        Response response(error.status);
        response.body = std::string(error.reason);
        return response;
    }

    void completed(const Exchange& exchange, const Outcome& outcome) override {
        outcomes.push_back(outcome);
        addresses.emplace_back(exchange.remote_address);
    }

    void refused(const Refusal& refusal) override {
        refusals.push_back(std::to_string(refusal.error.status) + " " +
                           std::string(refusal.method) + " " + std::string(refusal.target) + " " +
                           std::string(refusal.remote_address) + " in " +
                           std::to_string(refusal.outcome.bytes_in) +
                           (refusal.outcome.bytes_out > 0 ? " answered" : " left alone"));
    }

    /// Runs in every request, before its body is read.
    std::function<void()> when_handling;
    std::vector<std::string> targets;
    std::vector<Outcome> outcomes;
    std::vector<std::string> addresses;
    std::vector<std::string> refusals;
    std::string file_content = "0123456789";

  private:
    static constexpr std::uint64_t kEchoMax = std::uint64_t{64} << 20U;

    FileBody file_body() {
        const auto path = directory_.path() / "file";
        std::ofstream(path, std::ios::binary) << file_content;
        FileBody body(io::real_file_system()->open_read(path).value());
        body.pieces.emplace_back("<", 0, file_content.size());
        body.pieces.emplace_back("|", 2, 3);
        body.after = ">";
        return body;
    }

    io::TemporaryDirectory directory_;
    BodyMemory memory_{kEchoMax};
};

}  // namespace berth::http
