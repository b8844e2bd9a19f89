# SPDX-License-Identifier: Apache-2.0
"""Clients that take their time."""

import resource
import socket
import time

from target import Target, close_all, drip, expect, received_all, statuses

MANY = 500
IDLE = 10_000
# Beyond the limit of time: the sweep of a second, a busy machine.
SLACK = 25


def heads_that_drip(context):
    """500 heads that drip in: each is cut off"""
    with Target(context) as target:
        connections = [target.connect() for _ in range(MANY)]
        for plain in connections:
            plain.send(b"GET /v2/ HTTP/1.1\r\nHost: a\r\nX-Endless: ")
        left = drip(connections, [b"a"], 2 + SLACK)
        expect(left == 0, f"{left} still open")
        close_all(connections)
    return target.note


def bodies_that_drip(context):
    """300 bodies that drip in: each ends when its request takes too long"""
    with Target(context, ["--limits-request-timeout", "4s"]) as target:
        connections = [target.connect() for _ in range(300)]
        for plain in connections:
            plain.send(b"PUT /v2/app/manifests/x HTTP/1.1\r\nHost: a\r\nContent-Length: 4000000"
                       b"\r\n\r\n")
        left = drip(connections, [b"{"], 4 + SLACK)
        expect(left == 0, f"{left} still open")
        close_all(connections)
    return target.note


def downloads_nobody_reads(context):
    """100 downloads of 32 MiB that nobody reads: each is cut off"""
    with Target(context) as target:
        digest = target.push_blob(b"0123456789abcdef" * (2 << 20))
        target.resident = target.memory_kib("VmRSS")
        connections = [target.connect(receive_bytes=4096) for _ in range(100)]
        for plain in connections:
            plain.send(f"GET /v2/app/blobs/{digest} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        # One whose other end the server closed can still be read to its end.
        expect_dropped(target, SLACK)
        close_all(connections)
    return target.note


def expect_dropped(target, seconds):
    deadline = time.monotonic() + seconds
    while target.count_descriptors() > target.descriptors + 16:
        expect(time.monotonic() < deadline, f"{target.count_descriptors()} descriptors")
        time.sleep(0.1)


def half_closed(context):
    """300 half-closed connections, with a request and without: answered and ended"""
    with Target(context) as target:
        connections = [target.connect() for _ in range(300)]
        for number, plain in enumerate(connections):
            if number % 3 == 0:
                plain.sendall(b"GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n")
            elif number % 3 == 1:
                plain.sendall(b"GET /v2/_cat")
            plain.shutdown(socket.SHUT_WR)
        for number, plain in enumerate(connections):
            got = received_all(plain)
            wanted = [200] if number % 3 == 0 else []
            expect(got is not None and statuses(got) == wanted, f"{number}: {got!r}")
        close_all(connections)
    return target.note


def idle_connections(context):
    """10,000 idle connections (as many as may be open)"""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    count = min(IDLE, hard - 1000)
    with Target(context, ["--limits-connections-max", str(count + 500), "--limits-idle-timeout",
                          "10m"], growth_kib=160 * 1024) as target:
        connections = [target.connect() for _ in range(count)]
        for plain in connections:
            plain.send(b"GET /v2/_catalog?n=1 HTTP/1.1\r\nHost: a\r\n\r\n")
        for plain in connections:
            expect(plain.recv(65536).startswith(b"HTTP/1.1 200"), "an idle one")
        target.note = f"{count} connections"
        close_all(connections)
    return target.note


def too_many_connections(context):
    """connections beyond the limit of an address are closed on arrival"""
    with Target(context, ["--limits-connections-per-address-max", "50"], probed=False) as target:
        connections = [target.connect() for _ in range(200)]
        for plain in connections:
            try:
                plain.send(b"GET /v2/_catalog?n=1 HTTP/1.1\r\nHost: a\r\n\r\n")
            except OSError:
                pass
        answered = sum(alive_answer(plain) for plain in connections)
        expect(answered == 50, f"{answered} of 200 were answered")
        close_all(connections)
    return target.note


def alive_answer(plain):
    try:
        return plain.recv(65536).startswith(b"HTTP/1.1 200")
    except OSError:
        return False


CASES = [heads_that_drip, bodies_that_drip, downloads_nobody_reads, half_closed, idle_connections,
         too_many_connections]
