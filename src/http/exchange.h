// SPDX-License-Identifier: Apache-2.0
//
// One request on its way through the server, and the interface of what answers requests. The same
// for plain and TLS connections.
#pragma once

#include "http/body.h"
#include "http/message.h"
#include "io/task.h"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace berth::http {

struct Exchange {
    Exchange(const RequestHead& head, BodyReader& request_body, std::string_view peer, bool tls)
        : request(head), body(request_body), remote_address(peer), secure(tls) {}

    const RequestHead& request;
    BodyReader& body;
    std::string_view remote_address;
    bool secure;

    // Written by the service for its own completed().
    std::string correlation_id;
    std::string principal;
    std::string_view operation;
    // What of it the audit log tells beside: who it was and why it was allowed or refused.
    std::string_view principal_kind;
    std::string_view sign_in;
    std::string rule;
    std::string_view refusal;  // of a request that was refused: what was wrong
};

/// How an exchange ended, for the access log.
struct Outcome {
    int status = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
    std::chrono::nanoseconds duration{0};
};

/// A head that never became a request.
struct ProtocolError {
    int status;
    std::string_view reason;
};

class Service {
  public:
    virtual ~Service() = default;
    virtual io::Task<Response> handle(Exchange& exchange) = 0;
    virtual Response refuse(const ProtocolError& error) = 0;
    virtual void completed(const Exchange& exchange, const Outcome& outcome) = 0;
};

}  // namespace berth::http
