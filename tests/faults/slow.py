# SPDX-License-Identifier: Apache-2.0
"""Slow, stalled and vanishing clients: each runs into its time limit, none disturbs the others, and
an upload that lost its client stays at a valid offset."""

import select
import socket
import struct
import time

from client import Client, content_of, digest_of, expect
from support.server import Server

HEADER, BODY, IDLE = 1, 1, 2
OPTIONS = ["--anonymous", "write", "--limits-header-timeout", f"{HEADER}s",
           "--limits-body-timeout", f"{BODY}s", "--limits-idle-timeout", f"{IDLE}s"]
# The limits are swept about once a second, and the machine may be busy.
SLACK = 6


def connect(server, receive_bytes=None):
    plain = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    if receive_bytes:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
    plain.settimeout(30)
    plain.connect((server.host, server.port))
    return plain


def closed_after(plain, drip=b"", every=0.2):
    """Seconds until the server closes; meanwhile one byte of `drip` each `every` seconds."""
    started = time.monotonic()
    sent = 0
    while time.monotonic() - started < 30:
        if select.select([plain], [], [], every)[0]:
            try:
                if not plain.recv(65536):
                    return time.monotonic() - started
            except ConnectionResetError:
                return time.monotonic() - started
        elif sent < len(drip):
            try:
                plain.sendall(drip[sent:sent + 1])
                sent += 1
            except (BrokenPipeError, ConnectionResetError):
                return time.monotonic() - started
    return None


def within(seconds, limit, what):
    expect(seconds is not None, f"{what}: the connection was never closed")
    expect(limit * 0.5 <= seconds <= limit + SLACK, f"{what}: closed after {seconds:.1f} s, "
           f"the limit is {limit} s")


def with_server(context, action):
    server = Server(context.folder / "data", OPTIONS)
    try:
        note = action(server)
        with Client(server) as client:
            client.wanted(200, "GET", "/v2/_catalog")
        expect(server.stop() == 0, "exit status")
        return note
    finally:
        server.kill()


def header_drip(context):
    """a head that drips in"""
    def action(server):
        with connect(server) as plain:
            plain.sendall(b"GET /v2/ HTTP/1.1\r\nHost: a\r\n")
            within(closed_after(plain, b"X-Endless: " + b"a" * 1000), HEADER, "head")
    return with_server(context, action)


def idle(context):
    """an idle connection, before and after a request"""
    def action(server):
        with connect(server) as plain:
            within(closed_after(plain), IDLE, "before a request")
        with connect(server) as plain:
            plain.sendall(b"GET /v2/ HTTP/1.1\r\nHost: a\r\n\r\n")
            within(closed_after(plain), IDLE, "after a request")
    return with_server(context, action)


def stalled_body(context):
    """a body that stalls: the connection ends, the session goes on"""
    def action(server):
        content = content_of(500_000, "stalled")
        with Client(server) as client:
            link = client.start_upload()
        with connect(server) as plain:
            plain.sendall(head_of_patch(link, len(content)) + content[:200_000])
            within(closed_after(plain), BODY, "body")
        continue_upload(server, link, content, 200_000)
    return with_server(context, action)


def head_of_patch(link, length, more=""):
    return (f"PATCH {link} HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n{more}\r\n").encode()


def continue_upload(server, link, content, most):
    """The server may need a moment to notice that the client is gone: ask until it answers."""
    deadline = time.monotonic() + 10
    while True:
        with Client(server) as client:
            answer = client.request("GET", link)
            if answer.status == 204:
                break
        expect(time.monotonic() < deadline, f"status of the session: {answer.status}")
        select.select([], [], [], 0.02)
    with Client(server) as client:
        offset = client.send_rest(link, content)
        expect(offset is not None and 0 <= offset <= most, f"offset {offset} of {most} sent")
        expect(client.close_upload(link, digest_of(content)).status == 201, "close afterwards")
        client.check_blob(content)


def vanishing(context):
    """clients that vanish inside a PATCH, with FIN and with RST"""
    def action(server):
        for number in range(10):
            content = content_of(700_000, f"vanish {number}")
            sent = context.random.randrange(0, len(content))
            with Client(server) as client:
                link = client.start_upload()
            plain = connect(server)
            # The server has the session in hand when it asks for the body: what comes later waits.
            plain.sendall(head_of_patch(link, len(content), "Expect: 100-continue\r\n"))
            told = plain.recv(4096)
            expect(told.startswith(b"HTTP/1.1 100 "), f"instead of 100: {told[:200]!r}")
            plain.sendall(content[:sent])
            if number % 2:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            plain.close()
            continue_upload(server, link, content, sent)
    return with_server(context, action)


def slow_reader(context):
    """a client that does not read its blob is cut off, others are served meanwhile"""
    def action(server):
        content, small = content_of(32 * 1024 * 1024, "unread"), content_of(1000, "small")
        with Client(server) as client:
            digest = client.push_blob(content)
            client.push_blob(small)
        with connect(server, receive_bytes=4096) as plain:
            plain.sendall(f"GET /v2/faults/app/blobs/{digest} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            started = time.monotonic()
            served = 0
            with Client(server) as client:
                while time.monotonic() - started < BODY + SLACK:
                    client.check_blob(small)
                    served += 1
                    select.select([], [], [], 0.02)
            received = 0
            try:
                while piece := plain.recv(1 << 20):
                    received += len(piece)
            except ConnectionResetError:
                pass
            expect(received < len(content), "the whole blob waited for a client that does not read")
            return f"{served} requests served meanwhile"
    return with_server(context, action)


def half_a_request(context):
    """connections that say nothing, half a head, or garbage, many at once"""
    def action(server):
        plains = [connect(server) for _ in range(60)]
        for number, plain in enumerate(plains):
            plain.sendall((b"", b"GET /v2/ HT", b"\x16\x03\x01\x02\x00")[number % 3])
        with Client(server) as client:
            client.wanted(200, "GET", "/v2/_catalog")
        for plain in plains:
            expect(closed_after(plain) is not None, "a connection was never closed")
            plain.close()
    return with_server(context, action)


CASES = [header_drip, idle, stalled_body, vanishing, slow_reader, half_a_request]
