// SPDX-License-Identifier: Apache-2.0
//
// The HTTP/2 framing of one connection: nghttp2 behind our types, without coroutines and without a
// socket. Bytes go in, requests come out; responses go in, bytes come out. Callbacks of nghttp2
// only write down what happened (in the streams and here); nobody is run from one.
//
// What a client controls is bounded: streams at once, bytes of a head while it arrives, body bytes
// that wait (the windows), frames per second that do nothing, resets per second, frames that wait
// to be sent. Exceeding one of the last four ends the connection with GOAWAY(ENHANCE_YOUR_CALM).
#pragma once

#include "base/bytes.h"
#include "base/limits.h"
#include "http/h2_guard.h"
#include "http/h2_output.h"
#include "http/h2_stream.h"
#include "http/message.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

struct nghttp2_session;

namespace berth::http {

/// What one stream may send before it is consumed. 64 KiB, the protocol's, would hold an upload
/// over 100 ms to 5 Mbit/s.
inline constexpr std::uint32_t kH2StreamWindowBytes = 1 * kMiB;
/// The same for all streams of a connection together: what a connection can make us hold.
inline constexpr std::uint32_t kH2ConnectionWindowBytes = 2 * kMiB;

class H2Session {
  public:
    using Streams = std::unordered_map<std::int32_t, std::shared_ptr<H2Stream>>;
    enum class Reset : std::uint8_t { no_error, internal, refused, cancel };

    /// `limits` must outlive the object.
    explicit H2Session(const Limits& limits);
    ~H2Session();
    H2Session(const H2Session&) = delete;
    H2Session& operator=(const H2Session&) = delete;

    /// Bytes from the client. What they broke is answered by collect(); see finished().
    void feed(ByteView bytes);
    /// Appends what should be written, until `out` has `bytes_max` or a little more.
    void collect(H2Output& out, std::size_t bytes_max);
    /// Nothing more will come of this connection: end it once collect() finds nothing.
    bool finished() const;

    /// Whose heads are complete, once each.
    std::vector<std::shared_ptr<H2Stream>> take_requests();
    /// Whose last frames collect() has put out, once each.
    std::vector<std::shared_ptr<H2Stream>> take_sent();
    /// Which were closed before that, once each.
    std::vector<std::shared_ptr<H2Stream>> take_lost();

    /// Not ended yet.
    const Streams& streams() const { return streams_; }

    /// In the middle of a head, which other frames may not interrupt.
    bool receiving_head() const { return receiving_head_; }

    // On a stream that was closed meanwhile these do nothing.
    void send_continue(const H2Stream& stream);
    /// `outgoing` of the stream is the body; with `end`, none follows.
    void respond(H2Stream& stream, const Response& response, std::string_view date, bool end);
    /// More of `outgoing` is ready.
    void resume(H2Stream& stream);
    /// `count` bytes of a body need no room any longer.
    void consume(const H2Stream& stream, std::size_t count);
    /// Nobody reads the rest of the request: it is dropped as it comes; after kDrainBytesMax the
    /// client is told to stop.
    void discard_rest(H2Stream& stream);
    void reset(H2Stream& stream, Reset why);

    /// No new requests: GOAWAY. Those that are here go on.
    void shut_down();
    /// The connection is gone: ends every stream.
    void abandon();

  private:
    struct Callbacks;
    friend struct Callbacks;
    void open();
    void cut_off(std::uint32_t error_code);

    const Limits& limits_;
    H2Guard guard_;
    nghttp2_session* session_ = nullptr;
    Streams streams_;
    std::vector<std::shared_ptr<H2Stream>> requests_;
    std::vector<std::shared_ptr<H2Stream>> sent_;
    std::vector<std::shared_ptr<H2Stream>> lost_;
    H2Output* output_ = nullptr;  // during collect()
    std::size_t output_max_ = 0;
    H2Stream* heading_ = nullptr;  // whose head arrives
    bool receiving_head_ = false;
    bool dead_ = false;       // nghttp2 gave up
    bool cut_off_ = false;    // read no more
    bool calm_down_ = false;  // a callback found that a limit is exceeded
    bool shut_down_ = false;
};

}  // namespace berth::http
