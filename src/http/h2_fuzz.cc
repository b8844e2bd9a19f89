// SPDX-License-Identifier: Apache-2.0
//
// The input as what a client sends on an HTTP/2 connection. Its first byte says whether the
// greeting comes before it, and in which pieces the rest arrives. Whatever it is, the connection
// ends when the client goes away, and every request that began has ended by then.
#include "base/assert.h"
#include "http/h2_connection.h"
#include "http/testing/h2_pipe.h"

#include <boost/asio/co_spawn.hpp>

#include <cstddef>
#include <cstdint>

namespace {

using namespace berth;

/// Answers with the body, or with the target where there is none.
class EchoService final : public http::Service {
  public:
    io::Task<http::Response> handle(http::Exchange& exchange) override {
        ++begun;
        BERTH_CHECK(exchange.host().has_value());
        BERTH_CHECK(!exchange.request.target.empty());
        http::BodyMemory::Share share(memory_);
        const auto text = co_await http::read_all(exchange.body, 1 * kMiB, share);
        http::Response response(text ? 200 : 400);
        response.headers.emplace_back("X-Target", std::string(exchange.request.target));
        response.body = text.value_or("broken");
        co_return response;
    }

    http::Response refuse(const http::ProtocolError& error) override {
        BERTH_CHECK(error.status >= 400 && !error.reason.empty());
        return http::Response(error.status);
    }

    void completed(const http::Exchange& /*exchange*/, const http::Outcome& /*outcome*/) override {
        ++ended;
    }

    void refused(const http::Refusal& /*refusal*/) override {}

    int begun = 0;
    int ended = 0;

  private:
    http::BodyMemory memory_{1 * kGiB};
};

/// Gives the rest of the input out whenever the server has done what it can.
void go_on(http::H2Pipe& pipe, std::string_view rest, std::size_t step) {
    const std::string_view piece = rest.substr(0, step);
    pipe.push(piece);
    const std::string_view left = rest.substr(piece.size());
    if (left.empty()) {
        pipe.when_quiet = [&pipe] { pipe.end(); };
    } else {
        pipe.when_quiet = [&pipe, left, step] { go_on(pipe, left, step); };
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) {
        return 0;
    }
    static io::BlockingPool pool(1, 8);
    const bool greets = (data[0] & 1U) != 0;
    const std::size_t steps = 1 + (data[0] >> 1U) % 4U;
    const std::string input = (greets ? http::h2_greeting() : "") +
                              std::string(reinterpret_cast<const char*>(data + 1), size - 1);
    io::Loop loop;
    Limits limits;
    EchoService service;
    http::H2Pipe pipe;
    go_on(pipe, input, input.size() / steps + 1);
    boost::asio::co_spawn(
        loop.context(),
        http::serve_h2(loop, pipe, pool, http::Peer("192.0.2.1", true), service, limits),
        [&loop](const std::exception_ptr& thrown) {
            BERTH_CHECK(thrown == nullptr);
            loop.stop();
        });
    loop.run();
    BERTH_CHECK(loop.watched() == 0 && pipe.closed);
    BERTH_CHECK(service.begun == service.ended);
    return 0;
}
