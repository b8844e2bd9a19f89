# SPDX-License-Identifier: Apache-2.0
"""HTTP/1.1 over a socket, plain or TLS, with nothing hidden: bytes out, head and body in."""

import socket
import ssl
from dataclasses import dataclass, field

HEAD_BYTES_MAX = 256 * 1024
# The status of a request that HTTP/2 resets with PROTOCOL_ERROR (RFC 9113 8.1.1).
MALFORMED = 0


class WireProblem(Exception):
    pass


@dataclass
class Response:
    status: int
    headers: list = field(default_factory=list)  # (name, value) as on the wire
    body: bytes = b""
    http2: bool = False

    def all(self, name):
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def first(self, name):
        values = self.all(name)
        return values[0] if values else None


@dataclass
class Request:
    method: bytes
    target: bytes
    version: bytes
    headers: list  # (name, value in bytes)
    pieces: list   # of the body
    waits: bool    # for 100 Continue before the body

    @property
    def body(self):
        return b"".join(self.pieces)


class Connection:
    """`context` is an ssl.SSLContext, or None for plain TCP."""

    def __init__(self, host, port, context=None, seconds=15):
        self.socket = socket.create_connection((host, port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if context:
            self.socket = context.wrap_socket(self.socket, server_hostname=host)
        self.pending = b""

    def close(self):
        self.socket.close()

    def send(self, content):
        """False when the server has closed meanwhile; its answer may still be readable."""
        try:
            self.socket.sendall(content)
            return True
        except (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            return False

    def begin(self, request):
        """Sends the head, and the body unless it waits for 100."""
        head = b" ".join((request.method, request.target, request.version)) + b"\r\n" + b"".join(
            name.encode() + b": " + value + b"\r\n" for name, value in request.headers) + b"\r\n"
        self.send(head if request.waits else head + self._framed(request))

    def send_body(self, request):
        self.send(self._framed(request))

    @staticmethod
    def _framed(request):
        names = {name.lower() for name, _ in request.headers}
        return chunked(request.pieces) if "transfer-encoding" in names else request.body

    def _more(self):
        piece = self.socket.recv(262144)
        self.pending += piece
        return bool(piece)

    def closed(self):
        """True when the server ends the connection without another byte (waits for it)."""
        try:
            return not self.pending and not self._more()
        except (ConnectionResetError, ssl.SSLEOFError):
            return True
        except socket.timeout:
            return False

    def read_response(self, method):
        head = self._read_head()
        lines = head.split(b"\r\n")
        status = int(lines[0].split(b" ")[1])
        response = Response(status)
        for line in lines[1:]:
            name, _, value = line.partition(b":")
            response.headers.append((name.decode("latin-1"), value.strip(b" \t").decode("latin-1")))
        if method != "HEAD" and status >= 200 and status not in (204, 304):
            response.body = self._read_body(response)
        return response

    def _read_head(self):
        while b"\r\n\r\n" not in self.pending:
            if len(self.pending) > HEAD_BYTES_MAX:
                raise WireProblem("response head without end")
            if not self._more():
                raise WireProblem(f"connection closed, unfinished answer: {self.pending[:200]!r}")
        head, _, self.pending = self.pending.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 "):
            raise WireProblem(f"not an HTTP/1.1 answer: {head[:200]!r}")
        return head

    def _take(self, count):
        pieces = [self.pending]
        have = len(self.pending)
        while have < count:
            piece = self.socket.recv(262144)
            if not piece:
                raise WireProblem(f"connection closed after {have} of {count} body bytes")
            pieces.append(piece)
            have += len(piece)
        joined = b"".join(pieces)
        self.pending = joined[count:]
        return joined[:count]

    def _read_body(self, response):
        if (response.first("Transfer-Encoding") or "").lower() == "chunked":
            return self._read_chunks()
        length = response.first("Content-Length")
        if length is not None:
            return self._take(int(length))
        while self._more():
            pass
        body, self.pending = self.pending, b""
        return body

    def _read_chunks(self):
        body = b""
        while True:
            while b"\r\n" not in self.pending:
                if not self._more():
                    raise WireProblem("connection closed inside a chunked body")
            line, _, self.pending = self.pending.partition(b"\r\n")
            size = int(line.split(b";")[0], 16)
            body += self._take(size + 2)[:-2]
            if size == 0:
                return body


def chunked(pieces):
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in pieces if p) + b"0\r\n\r\n"
