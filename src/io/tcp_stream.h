// SPDX-License-Identifier: Apache-2.0
//
// Stream over a plain TCP socket; files go by sendfile(2).
#pragma once

#include "io/blocking.h"
#include "io/socket.h"
#include "io/stream.h"

namespace berth::io {

class TcpStream final : public Stream {
  public:
    /// `pool` warms cold files and must outlive the stream.
    TcpStream(boost::asio::ip::tcp::socket socket, BlockingPool& pool);

    Task<Result<std::size_t>> read_some(MutableBytes out) override;
    Task<Result<void>> write(ByteView first, ByteView second) override;
    Task<Result<void>> send_file(const FileHandle& file, std::uint64_t offset, std::uint64_t length,
                                 const Progress& progress) override;

    void cork(bool hold) override { socket_.cork(hold); }

    Task<void> shutdown_send() override;

    void close() override { socket_.close(); }

  private:
    Socket socket_;
    BlockingPool& pool_;
};

}  // namespace berth::io
