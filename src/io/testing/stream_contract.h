// SPDX-License-Identifier: Apache-2.0
//
// What every Stream promises, as a typed suite: the fixture `Pair` holds a connected stream and its
// peer. Included by tcp_stream_test.cc and tls_stream_test.cc.
#pragma once

#include "base/limits.h"
#include "io/stream.h"
#include "io/testing/run_task.h"
#include "io/testing/stream_peer.h"
#include "io/testing/temporary_directory.h"

#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <thread>
#include <vector>

namespace berth::io {

/// Bytes in which a shift or a swap shows.
inline std::string patterned(std::size_t size) {
    std::string text(size, '\0');
    std::uint32_t state = 1;
    for (char& byte : text) {
        state = state * 1664525 + 1013904223;
        byte = static_cast<char>(state >> 24U);
    }
    return text;
}

class TestFile {
  public:
    explicit TestFile(const std::string& content) {
        const auto path = directory_.path() / "file";
        std::ofstream(path, std::ios::binary) << content;
        handle_ = real_file_system()->open_read(path).value();
    }

    const FileHandle& handle() const { return handle_; }

  private:
    TemporaryDirectory directory_;
    FileHandle handle_;
};

/// Closes the stream from its own loop while the read waits.
inline Task<Result<std::size_t>> close_during_read(Stream& stream, MutableBytes out) {
    boost::asio::post(test_loop(), [&stream] { stream.close(); });
    co_return co_await stream.read_some(out);
}

inline Task<Result<void>> close_during_write(Stream& stream, ByteView bytes) {
    boost::asio::post(test_loop(), [&stream] { stream.close(); });
    co_return co_await stream.write(bytes, ByteView());
}

/// run_task() wants a value.
inline Task<bool> shut_down(Stream& stream) {
    co_await stream.shutdown_send();
    co_return true;
}

template <class Pair>
class StreamContract : public testing::Test {
  protected:
    Stream& stream() { return pair_.stream(); }

    StreamPeer& peer() { return pair_.peer(); }

    Pair pair_;
};

TYPED_TEST_SUITE_P(StreamContract);

TYPED_TEST_P(StreamContract, ReadsWhatThePeerSentAndThenTheEnd) {
    ASSERT_TRUE(this->peer().send("hello"));
    std::vector<std::byte> buffer(64);
    const auto got = run_task(this->stream().read_some(buffer));
    ASSERT_TRUE(got);
    EXPECT_EQ(as_text(ByteView(buffer).first(*got)), "hello");
    this->pair_.loopback().end_client();
    const auto end = run_task(this->stream().read_some(buffer));
    ASSERT_TRUE(end);
    EXPECT_EQ(*end, 0U);
}

TYPED_TEST_P(StreamContract, WritesBothPartsInOrder) {
    const std::string first = patterned(3 * kMiB);
    const std::string second = "and the rest";
    std::string received;
    {
        const std::jthread reader(
            [&] { received = this->peer().receive_text(first.size() + second.size()); });
        EXPECT_TRUE(run_task(this->stream().write(as_bytes(first), as_bytes(second))));
    }
    EXPECT_TRUE(received == first + second);
}

TYPED_TEST_P(StreamContract, WritesNothingGladly) {
    EXPECT_TRUE(run_task(this->stream().write(ByteView(), ByteView())));
    EXPECT_TRUE(run_task(this->stream().write(ByteView(), as_bytes(std::string_view("x")))));
    EXPECT_EQ(this->peer().receive_text(1), "x");
}

TYPED_TEST_P(StreamContract, SendsPartOfAFileToASlowReader) {
    const std::string content = patterned(6 * kMiB);
    const TestFile file(content);
    const std::size_t offset = 12'345;
    const std::size_t length = content.size() - 2 * offset;
    this->peer().piece_max = 8 * kKiB;
    std::string received;
    std::size_t steps = 0;
    {
        const std::jthread reader([&] { received = this->peer().receive_text(length); });
        const Progress progress = [&steps] { ++steps; };
        EXPECT_TRUE(run_task(this->stream().send_file(file.handle(), offset, length, progress)));
    }
    EXPECT_TRUE(received == content.substr(offset, length));
    EXPECT_GE(steps, length / kTurnBytesMax) << "a slow line needs its deadline moved";
}

TYPED_TEST_P(StreamContract, SaysSoWhenAFileIsTooShort) {
    const TestFile file("short");
    const auto sent = run_task(this->stream().send_file(file.handle(), 0, 6, [] {}));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Errc::corrupt);
}

TYPED_TEST_P(StreamContract, CloseEndsAWaitingRead) {
    std::vector<std::byte> buffer(64);
    const auto got = run_task(close_during_read(this->stream(), buffer));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::cancelled);
}

TYPED_TEST_P(StreamContract, CloseEndsAWaitingWrite) {
    // More than the buffers of a peer that reads nothing can take.
    const std::string much = patterned(64 * kMiB);
    const auto sent = run_task(close_during_write(this->stream(), as_bytes(much)));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Errc::cancelled);
}

TYPED_TEST_P(StreamContract, AResetPeerIsCancelled) {
    this->pair_.loopback().reset_client();
    std::vector<std::byte> buffer(64);
    const auto got = run_task(this->stream().read_some(buffer));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code, Errc::cancelled);
    const auto sent = run_task(this->stream().write(as_bytes(std::string_view("x")), ByteView()));
    ASSERT_FALSE(sent);
    EXPECT_EQ(sent.error().code, Errc::cancelled);
    const TestFile file("content");
    const auto file_sent = run_task(this->stream().send_file(file.handle(), 0, 7, [] {}));
    ASSERT_FALSE(file_sent);
    EXPECT_EQ(file_sent.error().code, Errc::cancelled);
}

TYPED_TEST_P(StreamContract, AClosedStreamRefusesEverything) {
    this->stream().close();
    this->stream().close();
    std::vector<std::byte> buffer(8);
    EXPECT_FALSE(run_task(this->stream().read_some(buffer)));
    EXPECT_FALSE(run_task(this->stream().write(buffer, ByteView())));
    const TestFile file("content");
    EXPECT_FALSE(run_task(this->stream().send_file(file.handle(), 0, 7, [] {})));
}

TYPED_TEST_P(StreamContract, ShutdownSendLetsThePeerGoOn) {
    ASSERT_TRUE(run_task(this->stream().write(as_bytes(std::string_view("bye")), ByteView())));
    run_task(shut_down(this->stream()));
    EXPECT_EQ(this->peer().receive_text(10), "bye");
    ASSERT_TRUE(this->peer().send("late"));
    std::vector<std::byte> buffer(64);
    const auto got = run_task(this->stream().read_some(buffer));
    ASSERT_TRUE(got);
    EXPECT_EQ(as_text(ByteView(buffer).first(*got)), "late");
}

TYPED_TEST_P(StreamContract, CorkedBytesArriveOnceReleased) {
    this->stream().cork(true);
    ASSERT_TRUE(run_task(this->stream().write(as_bytes(std::string_view("head")), ByteView())));
    const TestFile file("body");
    ASSERT_TRUE(run_task(this->stream().send_file(file.handle(), 0, 4, [] {})));
    this->stream().cork(false);
    EXPECT_EQ(this->peer().receive_text(8), "headbody");
}

REGISTER_TYPED_TEST_SUITE_P(StreamContract, ReadsWhatThePeerSentAndThenTheEnd,
                            WritesBothPartsInOrder, WritesNothingGladly,
                            SendsPartOfAFileToASlowReader, SaysSoWhenAFileIsTooShort,
                            CloseEndsAWaitingRead, CloseEndsAWaitingWrite, AResetPeerIsCancelled,
                            AClosedStreamRefusesEverything, ShutdownSendLetsThePeerGoOn,
                            CorkedBytesArriveOnceReleased);

}  // namespace berth::io
