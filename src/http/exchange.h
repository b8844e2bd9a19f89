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
#include <optional>
#include <string>
#include <string_view>

namespace berth::http {

struct Exchange {
    Exchange(const RequestHead& head, BodyReader& request_body, std::string_view peer, bool tls)
        : request(head), body(request_body), remote_address(peer), secure(tls) {}

    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    /// What the client called us: what a trusted proxy says, or the Host header.
    std::optional<std::string_view> host() const {
        return forwarded_host ? std::optional<std::string_view>(*forwarded_host)
                              : request.header("Host");
    }

    const RequestHead& request;
    BodyReader& body;
    // The client's, and what it speaks: the connection's or what a trusted proxy says
    // (forwarded.h).
    std::string_view remote_address;
    bool secure;
    std::string forwarded_address;  // what remote_address refers to then
    std::optional<std::string> forwarded_host;

    // Written by the service for its own completed().
    std::string correlation_id;
    std::string principal;
    std::string_view operation;
    std::uint16_t route = 0;  // its place in the service's table of URLs, from 1 on; 0: none
    // What of it the audit log tells beside: who it was and why it was allowed or refused.
    std::string_view principal_kind;
    std::string_view sign_in;
    std::string rule;
    std::string_view refusal;     // of a request that was refused: what was wrong
    std::string refused_account;  // whose password or token it was not
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

/// The same for the access log, once it is over.
struct Refusal {
    const ProtocolError& error;
    const Response& response;  // of refuse(); not sent to a client that was given up
    std::string_view remote_address;
    // As far as they could be read.
    std::string_view method;
    std::string_view target;
    Outcome outcome;
};

class Service {
  public:
    virtual ~Service() = default;
    virtual io::Task<Response> handle(Exchange& exchange) = 0;
    virtual Response refuse(const ProtocolError& error) = 0;
    virtual void completed(const Exchange& exchange, const Outcome& outcome) = 0;
    virtual void refused(const Refusal& refusal) = 0;
};

}  // namespace berth::http
