// SPDX-License-Identifier: Apache-2.0
#include "io/tcp_stream.h"

#include "io/testing/stream_contract.h"

namespace berth::io {
namespace {

class TcpPair {
  public:
    Stream& stream() { return stream_; }

    StreamPeer& peer() { return peer_; }

    Loopback& loopback() { return loopback_; }

  private:
    BlockingPool pool_{1, 8};
    Loopback loopback_;
    PlainPeer peer_{loopback_};
    TcpStream stream_{loopback_.take_server(), pool_};
};

INSTANTIATE_TYPED_TEST_SUITE_P(Tcp, StreamContract, TcpPair);

}  // namespace
}  // namespace berth::io
