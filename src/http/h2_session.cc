// SPDX-License-Identifier: Apache-2.0
#include "http/h2_session.h"

#include "base/assert.h"
#include "http/h2_fields.h"

#include <array>
#include <nghttp2/nghttp2.h>
#include <utility>

namespace berth::http {

namespace {

/// Answers to PING and SETTINGS that wait to be sent; more of them end the connection.
constexpr std::size_t kAcknowledgementsMax = 1000;
/// The same for all frames: beside the responses, for each stream its reset and window updates.
constexpr std::size_t kFramesPerStreamMax = 8;
/// The resets are counted by H2Guard.
constexpr std::uint64_t kNoLimit = std::uint64_t{1} << 40U;
constexpr std::size_t kFrameBytes = 16 * kKiB;
constexpr std::size_t kFrameHeadBytes = 9;
constexpr unsigned kFrameTypeMax = 255;
/// RFC 9218 10: in turns, not one after the other.
constexpr nghttp2_extpri kInTurns{.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};

std::string_view view(const std::uint8_t* text, std::size_t size) {
    return {reinterpret_cast<const char*>(text), size};
}

std::uint32_t code_of(H2Session::Reset why) {
    switch (why) {
        case H2Session::Reset::no_error:
            return NGHTTP2_NO_ERROR;
        case H2Session::Reset::internal:
            return NGHTTP2_INTERNAL_ERROR;
        case H2Session::Reset::refused:
            return NGHTTP2_REFUSED_STREAM;
        case H2Session::Reset::cancel:
            return NGHTTP2_CANCEL;
    }
    return NGHTTP2_INTERNAL_ERROR;
}

bool ends_stream(const nghttp2_frame_hd& head) {
    return (head.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

/// By its head alone: a frame that moves no request on.
bool is_idle(const nghttp2_frame_hd& head) {
    if (head.type == NGHTTP2_DATA) {
        return head.length == 0 && !ends_stream(head);
    }
    return head.type != NGHTTP2_HEADERS && head.type != NGHTTP2_CONTINUATION &&
           head.type != NGHTTP2_RST_STREAM && head.type != NGHTTP2_WINDOW_UPDATE;
}

}  // namespace

// Each gets the session as `self`. Nothing here may end the session or run anybody.
struct H2Session::Callbacks {
    static H2Session& of(void* self) { return *static_cast<H2Session*>(self); }

    static H2Stream* find(H2Session& session, std::int32_t id) {
        const auto found = session.streams_.find(id);
        return found == session.streams_.end() ? nullptr : found->second.get();
    }

    static int calm_down(H2Session& session) {
        session.calm_down_ = true;
        return NGHTTP2_ERR_CALLBACK_FAILURE;
    }

    static int begin_frame(nghttp2_session* /*session*/, const nghttp2_frame_hd* head, void* self) {
        H2Session& session = of(self);
        session.receiving_head_ =
            (head->type == NGHTTP2_HEADERS || head->type == NGHTTP2_CONTINUATION) &&
            (head->flags & NGHTTP2_FLAG_END_HEADERS) == 0;
        const bool fine = head->type == NGHTTP2_RST_STREAM      ? session.guard_.reset()
                          : head->type == NGHTTP2_WINDOW_UPDATE ? session.guard_.window_update()
                          : is_idle(*head)                      ? session.guard_.idle_frame()
                                                                : true;
        return fine ? 0 : calm_down(session);
    }

    /// A frame of a type that nobody knows, counted by begin_frame().
    static int pass_over(nghttp2_session* /*session*/, void** /*payload*/,
                         const nghttp2_frame_hd* /*head*/, void* /*self*/) {
        return NGHTTP2_ERR_CANCEL;
    }

    static int begin_headers(nghttp2_session* native, const nghttp2_frame* frame, void* self) {
        H2Session& session = of(self);
        const std::int32_t id = frame->hd.stream_id;
        if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) {
            session.heading_ = find(session, id);
            return 0;
        }
        auto stream = std::make_shared<H2Stream>(id);
        session.heading_ = stream.get();
        session.streams_.emplace(id, std::move(stream));
        nghttp2_session_change_extpri_stream_priority(native, id, &kInTurns, 1);
        return 0;
    }

    static int header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                      const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                      std::size_t value_size, std::uint8_t /*flags*/, void* self) {
        H2Session& session = of(self);
        H2Stream* stream = session.heading_;
        if (stream == nullptr) {
            return 0;
        }
        const std::string_view name_text = view(name, name_size);
        const std::string_view value_text = view(value, value_size);
        const bool fine = stream->head_ended
                              ? stream->head.count(name_text, value_text, session.limits_)
                              : stream->head.add(name_text, value_text, session.limits_);
        return fine ? 0 : calm_down(session);
    }

    static int invalid_header(nghttp2_session* /*session*/, const nghttp2_frame* /*frame*/,
                              const std::uint8_t* /*name*/, std::size_t /*name_size*/,
                              const std::uint8_t* /*value*/, std::size_t /*value_size*/,
                              std::uint8_t /*flags*/, void* self) {
        H2Session& session = of(self);
        if (session.heading_ != nullptr && !session.heading_->head_ended) {
            session.heading_->head.note_malformed();
        }
        return 0;  // the field is left out
    }

    static int frame_received(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                              void* self) {
        H2Session& session = of(self);
        H2Stream* stream = find(session, frame->hd.stream_id);
        if (stream == nullptr) {
            return 0;
        }
        if (frame->hd.type == NGHTTP2_DATA && frame->hd.length > 0 &&
            frame->hd.length == frame->data.padlen && !ends_stream(frame->hd) &&
            !session.guard_.idle_frame()) {
            return calm_down(session);
        }
        if (frame->hd.type == NGHTTP2_HEADERS && !stream->head_ended) {
            stream->head_ended = true;
            session.heading_ = nullptr;
            session.requests_.push_back(session.streams_.at(stream->id));
        }
        if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
            ends_stream(frame->hd)) {
            stream->request_ended = true;
            stream->changed.notify();
        }
        return 0;
    }

    static int data_arrived(nghttp2_session* native, std::uint8_t /*flags*/, std::int32_t id,
                            const std::uint8_t* data, std::size_t size, void* self) {
        H2Stream* stream = find(of(self), id);
        if (stream == nullptr) {
            nghttp2_session_consume_connection(native, size);
            return 0;
        }
        if (stream->discarding) {
            nghttp2_session_consume(native, id, size);
            const bool enough = stream->discarded > kDrainBytesMax;
            stream->discarded += size;
            if (!enough && stream->discarded > kDrainBytesMax) {
                of(self).reset(*stream, Reset::no_error);
            }
            return 0;
        }
        const auto bytes = std::as_bytes(std::span(data, size));
        stream->arrived.insert(stream->arrived.end(), bytes.begin(), bytes.end());
        stream->changed.notify();
        return 0;
    }

    static int stream_closed(nghttp2_session* /*session*/, std::int32_t id,
                             std::uint32_t /*error_code*/, void* self) {
        H2Session& session = of(self);
        const auto found = session.streams_.find(id);
        if (found == session.streams_.end()) {
            return 0;
        }
        H2Stream& stream = *found->second;
        if (session.heading_ == &stream) {
            session.heading_ = nullptr;
        }
        stream.closed = true;
        stream.changed.notify();
        if (!stream.framed) {
            session.lost_.push_back(std::move(found->second));
        }
        session.streams_.erase(found);
        return 0;
    }

    static int frame_sent(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* self) {
        H2Session& session = of(self);
        const nghttp2_frame_hd& head = frame->hd;
        if (head.type == NGHTTP2_RST_STREAM && frame->rst_stream.error_code != NGHTTP2_NO_ERROR &&
            !session.guard_.reset()) {
            session.calm_down_ = true;
        }
        H2Stream* stream = find(session, head.stream_id);
        if (stream == nullptr || (head.type != NGHTTP2_HEADERS && head.type != NGHTTP2_DATA)) {
            return 0;
        }
        stream->bytes_out += kFrameHeadBytes + head.length;
        if (head.type == NGHTTP2_DATA) {
            session.guard_.sent(head.length);
            stream->sent_lately += head.length;
        }
        if (ends_stream(head)) {
            stream->framed = true;
            session.sent_.push_back(session.streams_.at(stream->id));
        } else if (stream->outgoing.runs_dry()) {
            stream->changed.notify();
        }
        return 0;
    }

    /// How much of a body goes into the next frame; send_data() puts it there.
    static ssize_t offer_data(nghttp2_session* /*session*/, std::int32_t /*id*/,
                              std::uint8_t* /*buffer*/, std::size_t size, std::uint32_t* flags,
                              nghttp2_data_source* source, void* /*self*/) {
        auto* stream = static_cast<H2Stream*>(source->ptr);
        const std::size_t count = stream->outgoing.ready(size);
        if (count == 0 && stream->outgoing.remaining() > 0) {
            stream->starved = true;
            stream->changed.notify();
            return NGHTTP2_ERR_DEFERRED;
        }
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
        if (count == stream->outgoing.remaining()) {
            *flags |= NGHTTP2_DATA_FLAG_EOF;
        }
        return static_cast<ssize_t>(count);
    }

    static int send_data(nghttp2_session* /*session*/, nghttp2_frame* /*frame*/,
                         const std::uint8_t* head, std::size_t size, nghttp2_data_source* source,
                         void* self) {
        H2Session& session = of(self);
        H2Output& out = *session.output_;
        if (out.size() >= session.output_max_) {
            return NGHTTP2_ERR_WOULDBLOCK;
        }
        auto* stream = static_cast<H2Stream*>(source->ptr);
        const std::size_t before = out.size();
        out.append(std::as_bytes(std::span(head, kFrameHeadBytes)));
        const Result<void> taken = stream->outgoing.take(out.extend(size));
        if (!taken) {
            out.drop_last(out.size() - before);
            return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;  // resets the stream
        }
        return 0;
    }

    static void set(nghttp2_session_callbacks* callbacks) {
        nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, begin_frame);
        nghttp2_session_callbacks_set_unpack_extension_callback(callbacks, pass_over);
        nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
        nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, invalid_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_arrived);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, stream_closed);
        nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
        nghttp2_session_callbacks_set_send_data_callback(callbacks, send_data);
    }
};

H2Session::H2Session(const Limits& limits) : limits_(limits), guard_(limits) {
    open();
    const std::array<nghttp2_settings_entry, 4> settings{{
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, limits.http2_streams_max},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kH2StreamWindowBytes},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, limits.header_bytes_max},
        // The tree of RFC 7540 is state that a client builds in the server, for little.
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    }};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
    nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, kH2ConnectionWindowBytes);
}

void H2Session::open() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* options = nullptr;
    BERTH_CHECK(nghttp2_session_callbacks_new(&callbacks) == 0);
    BERTH_CHECK(nghttp2_option_new(&options) == 0);
    Callbacks::set(callbacks);
    // nghttp2 mentions only the frames that it was told of.
    for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= kFrameTypeMax; ++type) {
        nghttp2_option_set_user_recv_extension_type(options, static_cast<std::uint8_t>(type));
    }
    nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_option_set_no_closed_streams(options, 1);
    nghttp2_option_set_max_outbound_ack(options, kAcknowledgementsMax);
    nghttp2_option_set_stream_reset_rate_limit(options, kNoLimit, kNoLimit);
    // A head up to the limit, and what HPACK may add to it.
    nghttp2_option_set_max_continuations(options, limits_.header_bytes_max / kFrameBytes + 8);
    const int outcome = nghttp2_session_server_new2(&session_, callbacks, this, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    BERTH_CHECK(outcome == 0);
}

H2Session::~H2Session() {
    nghttp2_session_del(session_);
}

void H2Session::feed(ByteView bytes) {
    if (cut_off_) {
        return;
    }
    const ssize_t outcome = nghttp2_session_mem_recv(
        session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    const std::size_t waiting = nghttp2_session_get_outbound_queue_size(session_);
    if (calm_down_ || outcome == NGHTTP2_ERR_FLOODED ||
        waiting > kAcknowledgementsMax + kFramesPerStreamMax * limits_.http2_streams_max) {
        cut_off(NGHTTP2_ENHANCE_YOUR_CALM);
    } else if (outcome < 0) {
        cut_off(NGHTTP2_PROTOCOL_ERROR);
    }
}

void H2Session::collect(H2Output& out, std::size_t bytes_max) {
    output_ = &out;
    output_max_ = bytes_max;
    while (!dead_ && out.size() < bytes_max) {
        const std::uint8_t* data = nullptr;
        const ssize_t count = nghttp2_session_mem_send(session_, &data);
        dead_ = count < 0;
        if (calm_down_) {
            cut_off(NGHTTP2_ENHANCE_YOUR_CALM);
        }
        if (count <= 0) {
            break;
        }
        out.append(std::as_bytes(std::span(data, static_cast<std::size_t>(count))));
    }
    output_ = nullptr;
}

bool H2Session::finished() const {
    return dead_ ||
           (nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0);
}

std::vector<std::shared_ptr<H2Stream>> H2Session::take_requests() {
    return std::exchange(requests_, {});
}

std::vector<std::shared_ptr<H2Stream>> H2Session::take_sent() {
    return std::exchange(sent_, {});
}

std::vector<std::shared_ptr<H2Stream>> H2Session::take_lost() {
    return std::exchange(lost_, {});
}

void H2Session::send_continue(const H2Stream& stream) {
    if (stream.closed) {
        return;
    }
    const nghttp2_nv status = h2_field(":status", "100");
    nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, stream.id, nullptr, &status, 1, nullptr);
}

void H2Session::respond(H2Stream& stream, const Response& response, std::string_view date,
                        bool end) {
    if (stream.closed) {
        return;
    }
    const H2Fields fields(response, date);
    nghttp2_data_provider body{};
    body.source.ptr = &stream;
    body.read_callback = Callbacks::offer_data;
    nghttp2_submit_response(session_, stream.id, fields.data(), fields.size(),
                            end ? nullptr : &body);
}

void H2Session::resume(H2Stream& stream) {
    if (stream.starved && !stream.closed) {
        stream.starved = false;
        nghttp2_session_resume_data(session_, stream.id);
    }
}

void H2Session::consume(const H2Stream& stream, std::size_t count) {
    if (count == 0) {
        return;
    }
    if (stream.closed) {
        nghttp2_session_consume_connection(session_, count);
    } else {
        nghttp2_session_consume(session_, stream.id, count);
    }
}

void H2Session::discard_rest(H2Stream& stream) {
    stream.discarding = true;
    consume(stream, stream.arrived.size());
    stream.arrived = std::vector<std::byte>();
}

void H2Session::reset(H2Stream& stream, Reset why) {
    discard_rest(stream);
    if (!stream.closed) {
        nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream.id, code_of(why));
    }
}

void H2Session::cut_off(std::uint32_t error_code) {
    if (!cut_off_) {
        cut_off_ = true;
        nghttp2_session_terminate_session(session_, error_code);
    }
}

void H2Session::shut_down() {
    if (!shut_down_) {
        shut_down_ = true;
        nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE,
                              nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR,
                              nullptr, 0);
    }
}

void H2Session::abandon() {
    cut_off_ = true;
    for (auto& [id, stream] : streams_) {
        stream->closed = true;
        stream->changed.notify();
        if (!stream->framed) {
            lost_.push_back(std::move(stream));
        }
    }
    streams_.clear();
    requests_.clear();
    heading_ = nullptr;
}

}  // namespace berth::http
