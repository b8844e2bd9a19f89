// SPDX-License-Identifier: Apache-2.0
//
// For tests of HTTP/2 connections: a Stream in memory, and a client on its other end. The client is
// nghttp2's or raw frames; what the server writes is given to it at once, on the same thread.
#pragma once

#include "io/event.h"
#include "io/resume.h"
#include "io/stream.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace berth::http {

class H2Pipe final : public io::Stream {
  public:
    io::Task<Result<std::size_t>> read_some(MutableBytes out) override {
        for (int calm = 0; to_server.empty() && !closed && !client_ended; ++calm) {
            if (when_quiet && calm < kCalmTurns) {
                co_await io::yield();
            } else if (when_quiet) {
                calm = 0;
                std::exchange(when_quiet, nullptr)();
            } else {
                co_await arrived_.wait();
            }
        }
        if (closed) {
            co_return fail(Errc::cancelled, "closed");
        }
        const std::size_t taken = std::min(to_server.size(), out.size());
        std::memcpy(out.data(), to_server.data(), taken);
        to_server.erase(0, taken);
        co_return taken;
    }

    io::Task<Result<void>> write(ByteView first, ByteView second) override {
        while (stuck && !closed) {
            co_await unstuck_.wait();
        }
        if (closed) {
            co_return fail(Errc::cancelled, "closed");
        }
        for (const ByteView part : {first, second}) {
            from_server += as_text(part);
        }
        largest_write = std::max(largest_write, first.size() + second.size());
        if (when_written) {
            when_written();
        }
        co_return Result<void>();
    }

    io::Task<Result<void>> send_file(const io::FileHandle& /*file*/, std::uint64_t /*offset*/,
                                     std::uint64_t /*length*/,
                                     const io::Progress& /*progress*/) override {
        co_return fail(Errc::internal, "HTTP/2 frames its files");
    }

    void cork(bool /*hold*/) override {}

    io::Task<void> shutdown_send() override {
        sending_ended = true;
        end();  // as a client does that sees no more to come
        co_return;
    }

    void close() override {
        closed = true;
        arrived_.notify();
        unstuck_.notify();
    }

    /// The client says something.
    void push(std::string_view bytes) {
        to_server += bytes;
        arrived_.notify();
    }

    /// The client goes away.
    void end() {
        client_ended = true;
        arrived_.notify();
    }

    /// Runs once, when the server has read all that there is and has done what it can.
    std::function<void()> when_quiet;
    std::function<void()> when_written;
    std::string to_server;
    std::string from_server;
    std::size_t largest_write = 0;
    bool stuck = false;  // writes wait
    bool client_ended = false;
    bool sending_ended = false;
    bool closed = false;

  private:
    /// Turns of the loop without anything to read: nobody else is ready either.
    static constexpr int kCalmTurns = 50;

    io::Event arrived_;
    io::Event unstuck_;
};

struct H2Answer {
    std::vector<int> statuses;  // 100, then the final one
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    bool ended = false;
    bool reset = false;
    std::uint32_t error_code = 0;

    int status() const { return statuses.empty() ? 0 : statuses.back(); }

    std::string header(std::string_view name) const {
        for (const auto& [key, value] : headers) {
            if (key == name) {
                return value;
            }
        }
        return "";
    }
};

using H2TestFields = std::vector<std::pair<std::string, std::string>>;

inline H2TestFields h2_request(const std::string& method, const std::string& target) {
    return {{":method", method}, {":scheme", "https"}, {":authority", "a"}, {":path", target}};
}

/// nghttp2's client. `window` is what it takes of a stream without saying so.
class H2Client {
  public:
    explicit H2Client(H2Pipe& pipe, std::uint32_t window = 1U << 20U) : pipe_(pipe) {
        nghttp2_session_callbacks* callbacks = nullptr;
        nghttp2_session_callbacks_new(&callbacks);
        nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
        nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, on_frame);
        nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
        nghttp2_option* options = nullptr;
        nghttp2_option_new(&options);
        nghttp2_option_set_no_http_messaging(options, 1);  // it may say what it likes
        nghttp2_session_client_new2(&session_, callbacks, this, options);
        nghttp2_option_del(options);
        nghttp2_session_callbacks_del(callbacks);
        const nghttp2_settings_entry setting{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &setting, 1);
        pipe_.when_written = [this] { receive(); };
    }

    ~H2Client() { nghttp2_session_del(session_); }

    H2Client(const H2Client&) = delete;
    H2Client& operator=(const H2Client&) = delete;

    /// Without `body`: the request ends with its head. With `open` it never ends.
    std::int32_t ask(const H2TestFields& fields, const std::string* body = nullptr,
                     bool open = false) {
        std::vector<nghttp2_nv> list;
        for (const auto& [name, value] : fields) {
            list.push_back(field(name, value));
        }
        std::int32_t id = 0;
        if (body == nullptr) {
            id = nghttp2_submit_request(session_, nullptr, list.data(), list.size(), nullptr,
                                        nullptr);
        } else {
            auto source = std::make_unique<Source>(Source{*body, open});
            nghttp2_data_provider provider{};
            provider.source.ptr = source.get();
            provider.read_callback = give;
            sources_.push_back(std::move(source));
            id = nghttp2_submit_request(session_, nullptr, list.data(), list.size(), &provider,
                                        nullptr);
            with_body_.push_back(id);
        }
        send();
        return id;
    }

    std::int32_t get(const std::string& target) { return ask(h2_request("GET", target)); }

    std::int32_t put(const std::string& target, const std::string& body) {
        return ask(h2_request("PUT", target), &body);
    }

    /// More of a body that was left open.
    void add(std::size_t source, const std::string& text, bool end) {
        sources_.at(source)->text += text;
        sources_.at(source)->open = !end;
        for (const std::int32_t id : with_body_) {
            nghttp2_session_resume_data(session_, id);
        }
        send();
    }

    void reset(std::int32_t id) {
        nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
        send();
    }

    /// No stream may send more of its body.
    void close_windows() {
        const nghttp2_settings_entry setting{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, 0};
        nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &setting, 1);
        send();
    }

    void ping() {
        nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
        send();
    }

    /// Ends the connection when this many streams have ended.
    void leave_after(std::size_t streams) {
        leave_after_ = streams;
        leave();
    }

    std::map<std::int32_t, H2Answer> answers;
    std::size_t ended = 0;
    std::size_t data_sent = 0;
    bool going_away = false;
    std::uint32_t goaway_code = 0;
    std::function<void()> when_received;

  private:
    struct Source {
        std::string text;
        bool open;
    };

    static H2Client& of(void* self) { return *static_cast<H2Client*>(self); }

    static nghttp2_nv field(const std::string& name, const std::string& value) {
        nghttp2_nv made{};
        made.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
        made.namelen = name.size();
        made.value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
        made.valuelen = value.size();
        return made;
    }

    static ssize_t give(nghttp2_session* /*session*/, std::int32_t /*id*/, std::uint8_t* buffer,
                        std::size_t size, std::uint32_t* flags, nghttp2_data_source* source,
                        void* self) {
        auto* from = static_cast<Source*>(source->ptr);
        if (from->text.empty() && from->open) {
            return NGHTTP2_ERR_DEFERRED;
        }
        const std::size_t count = std::min(size, from->text.size());
        std::memcpy(buffer, from->text.data(), count);
        from->text.erase(0, count);
        of(self).data_sent += count;
        if (from->text.empty() && !from->open) {
            *flags |= NGHTTP2_DATA_FLAG_EOF;
        }
        return static_cast<ssize_t>(count);
    }

    static int on_header(nghttp2_session* /*session*/, const nghttp2_frame* frame,
                         const std::uint8_t* name, std::size_t name_size, const std::uint8_t* value,
                         std::size_t value_size, std::uint8_t /*flags*/, void* self) {
        H2Answer& answer = of(self).answers[frame->hd.stream_id];
        const std::string key(reinterpret_cast<const char*>(name), name_size);
        const std::string text(reinterpret_cast<const char*>(value), value_size);
        if (key == ":status") {
            answer.statuses.push_back(std::stoi(text));
        } else {
            answer.headers.emplace_back(key, text);
        }
        return 0;
    }

    static int on_data(nghttp2_session* /*session*/, std::uint8_t /*flags*/, std::int32_t id,
                       const std::uint8_t* data, std::size_t size, void* self) {
        of(self).answers[id].body.append(reinterpret_cast<const char*>(data), size);
        return 0;
    }

    static int on_frame(nghttp2_session* /*session*/, const nghttp2_frame* frame, void* self) {
        H2Client& client = of(self);
        if (frame->hd.type == NGHTTP2_GOAWAY) {
            client.going_away = true;
            client.goaway_code = frame->goaway.error_code;
        } else if (frame->hd.type == NGHTTP2_RST_STREAM) {
            client.answers[frame->hd.stream_id].reset = true;
        }
        if ((frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA) &&
            (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
            client.answers[frame->hd.stream_id].ended = true;
        }
        return 0;
    }

    static int on_close(nghttp2_session* /*session*/, std::int32_t id, std::uint32_t code,
                        void* self) {
        of(self).answers[id].error_code = code;
        ++of(self).ended;
        return 0;
    }

    void receive() {
        const std::string bytes = std::exchange(pipe_.from_server, {});
        nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                 bytes.size());
        send();
        if (when_received) {
            when_received();
        }
        leave();
    }

    void send() {
        const std::uint8_t* data = nullptr;
        for (ssize_t count = 1; count > 0;) {
            count = nghttp2_session_mem_send(session_, &data);
            if (count > 0) {
                pipe_.push({reinterpret_cast<const char*>(data), static_cast<std::size_t>(count)});
            }
        }
    }

    void leave() {
        if (leave_after_ > 0 && ended >= leave_after_) {
            pipe_.end();
        }
    }

    H2Pipe& pipe_;
    nghttp2_session* session_ = nullptr;
    std::vector<std::unique_ptr<Source>> sources_;
    std::vector<std::int32_t> with_body_;
    std::size_t leave_after_ = 0;
};

// Raw frames (RFC 9113 4.1), for what a well-behaved client cannot be made to say.

inline std::string h2_frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                            std::string_view payload) {
    std::string frame;
    const auto size = static_cast<std::uint32_t>(payload.size());
    for (const std::uint32_t part : {size >> 16U, size >> 8U, size}) {
        frame += static_cast<char>(part & 0xFFU);
    }
    frame += static_cast<char>(type);
    frame += static_cast<char>(flags);
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        frame += static_cast<char>((stream >> shift) & 0xFFU);
    }
    frame += payload;
    return frame;
}

/// A literal that enters no table (RFC 7541 6.2.2).
inline std::string h2_literal(std::string_view name, std::string_view value) {
    std::string text(1, '\0');
    for (const std::string_view part : {name, value}) {
        std::size_t rest = part.size();
        if (rest < 127) {
            text += static_cast<char>(rest);
        } else {
            text += '\x7F';
            for (rest -= 127; rest >= 128; rest /= 128) {
                text += static_cast<char>(rest % 128 + 128);
            }
            text += static_cast<char>(rest);
        }
        text += part;
    }
    return text;
}

inline std::string h2_block(const H2TestFields& fields) {
    std::string block;
    for (const auto& [name, value] : fields) {
        block += h2_literal(name, value);
    }
    return block;
}

/// The greeting: preface and empty SETTINGS.
inline std::string h2_greeting() {
    return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + h2_frame(NGHTTP2_SETTINGS, 0, 0, "");
}

/// A request in one HEADERS frame; `end` ends the stream with it.
inline std::string h2_headers(std::uint32_t stream, const H2TestFields& fields, bool end = true) {
    return h2_frame(
        NGHTTP2_HEADERS,
        static_cast<std::uint8_t>(NGHTTP2_FLAG_END_HEADERS | (end ? NGHTTP2_FLAG_END_STREAM : 0)),
        stream, h2_block(fields));
}

}  // namespace berth::http
