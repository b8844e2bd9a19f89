# SPDX-License-Identifier: Apache-2.0
"""HTTP/2 over TLS, on Debian's h2: the face of wire.Connection, one stream after the other. Names
of headers are answered as HTTP/1.1 spells them, so that a table says the same for both; on the
wire they must be small."""

import socket
import ssl

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions

from wire import MALFORMED, Response, WireProblem

# HTTP/1.1's spelling where it is not one capital per word.
SPELLINGS = {"etag": "ETag", "oci-filters-applied": "OCI-Filters-Applied",
             "oci-subject": "OCI-Subject", "oci-tag": "OCI-Tag"}
# Fields that HTTP/2 has no use for: framing and connections are its own.
DROPPED = {"host", "transfer-encoding", "connection"}
MORE = 1024 * 1024


def spelt(name):
    if name != name.lower():
        raise WireProblem(f"header {name}: capitals in HTTP/2")
    return SPELLINGS.get(name) or "-".join(word.capitalize() for word in name.split("-"))


class H2Connection:
    def __init__(self, host, port, context, seconds=15):
        plain = socket.create_connection((host, port), timeout=seconds)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = context.wrap_socket(plain, server_hostname=host)
        if self.socket.selected_alpn_protocol() != "h2":
            raise WireProblem(f"ALPN chose {self.socket.selected_alpn_protocol()}")
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(
            client_side=True, header_encoding="latin-1", validate_outbound_headers=False,
            normalize_outbound_headers=False))
        self.state.initiate_connection()
        self.state.increment_flow_control_window(16 * MORE)
        self.stream = None
        self.answers = []  # complete, in order; interim ones too
        self.current = None
        self.reset = None  # the error code
        self.gone = False
        self._flush()

    def close(self):
        self.socket.close()

    def begin(self, request):
        """Sends the head, and the body unless it waits for 100."""
        headers = [(":method", request.method), (":scheme", b"https"),
                   (":authority", dict(request.headers)["Host"]), (":path", request.target)]
        headers += [(name.lower(), value) for name, value in request.headers
                    if name.lower() not in DROPPED]
        self.stream = self.state.get_next_available_stream_id()
        self.answers, self.current, self.reset = [], None, None
        self.state.send_headers(self.stream, headers, end_stream=not request.body)
        self._flush()
        if request.body and not request.waits:
            self.send_body(request)

    def send_body(self, request):
        """As far as the server wants it: an answer may come before all was sent."""
        rest = request.body
        try:
            while rest and self.reset is None:
                room = min(self.state.local_flow_control_window(self.stream),
                           self.state.max_outbound_frame_size)
                if room == 0:
                    self._receive()
                    continue
                piece, rest = rest[:room], rest[room:]
                self.state.send_data(self.stream, piece, end_stream=not rest)
                self._flush()
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError,
                h2.exceptions.StreamClosedError):
            pass

    def read_response(self, method):
        while not self.answers:
            if self.reset == h2.errors.ErrorCodes.PROTOCOL_ERROR:
                return Response(MALFORMED, http2=True)
            if self.reset is not None:
                raise WireProblem(f"the stream was reset with {self.reset}")
            if self.gone:
                raise WireProblem("the connection ended without an answer")
            self._receive()
        return self.answers.pop(0)

    def closed(self):
        while not self.gone:
            self._receive()
        return not self.answers

    def _flush(self):
        self.socket.sendall(self.state.data_to_send())

    def _receive(self):
        try:
            piece = self.socket.recv(MORE)
        except (ConnectionResetError, ssl.SSLEOFError):
            piece = b""
        if not piece:
            self.gone = True
            return
        for event in self.state.receive_data(piece):
            self._note(event)
        self._flush()

    def _note(self, event):
        if isinstance(event, h2.events.ConnectionTerminated):
            self.gone = True
        if getattr(event, "stream_id", None) != self.stream:
            return
        if isinstance(event, h2.events.InformationalResponseReceived):
            self.answers.append(self._response(event))
        elif isinstance(event, h2.events.ResponseReceived):
            self.current = self._response(event)
        elif isinstance(event, h2.events.DataReceived):
            self.current.body += event.data
            self.state.acknowledge_received_data(event.flow_controlled_length, self.stream)
        elif isinstance(event, h2.events.StreamEnded):
            self.answers.append(self.current)
        elif isinstance(event, h2.events.StreamReset):
            self.reset = event.error_code

    @staticmethod
    def _response(event):
        fields = [(str(name), str(value)) for name, value in event.headers]
        response = Response(int(dict(fields)[":status"]), http2=True)
        response.headers = [(spelt(name), value) for name, value in fields if name[0] != ":"]
        return response
