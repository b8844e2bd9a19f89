# SPDX-License-Identifier: Apache-2.0
"""Heads that never become requests have a line in the access log and a number in the metrics;
whatever a client sends, each line of a JSON log is one JSON object."""

import json
import socket
import time

from admin import WatchedServer
from client import Client, expect

HEAD_SECONDS = 1

# What is sent, and the status that the log has for it.
REFUSED = [
    (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    (b"GET /v2/ HTTP/1.1\r\n\r\n", 400),
    (b"GET /v2/ HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
    (b"GET /v2/ HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
     400),
    (b"GET /v2/\x01\x02\"\xff\xfe HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"G\xc3\x28T /\xc2\x85 HTTP/1.1\r\nHost: a\r\n\r\n", 400),
    (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    (b"GET /v2/ HTTP/1.1\r\nHost: a\r\nX: " + b"b" * 40_000 + b"\r\n\r\n", 431),
    (b"nonsense\r\n\r\n", 400),
    (b"{\"event\":\"forged\"}\n{\"event\":\"forged\"}\r\n\r\n", 400),
]

# Requests that are ones, with all that may stand in them.
HOSTILE = [
    b"GET /v2/%00%0a%22?token=secret%0a HTTP/1.1\r\nHost: a\r\n"
    b"User-Agent: \"\\\t\x80\xff\xc2\x9b\r\n\r\n",
    b"GET /v2/\xe2\x80\xa8\xed\xa0\x80 HTTP/1.1\r\nHost: a\r\n"
    b"User-Agent: \xf0\x9f\x92\xa9\xf5\r\n\r\n",
    b"B'\"{}R /v2/ HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET /v2/x/tags/list HTTP/1.1\r\nHost: a\r\nAuthorization: Basic \xff\xfe\r\n\r\n",
    b"GET /v2/ HTTP/1.1\r\nHost: \"a\"\r\n\r\n",
]


def exchange(server, sent):
    """The status that comes back, None when the connection just ends."""
    with socket.create_connection((server.host, server.port), timeout=20) as connection:
        connection.sendall(sent)
        received = b""
        try:
            while b"\r\n\r\n" not in received:
                piece = connection.recv(65536)
                if not piece:
                    break
                received += piece
        except ConnectionError:
            pass
    return int(received.split()[1]) if received.startswith(b"HTTP/1.1 ") else None


def access_lines(server, count):
    """The lines about requests, once there are so many; the log is written behind."""
    deadline = time.monotonic() + 20
    while True:
        raw = server.log_path.read_bytes()
        whole = raw[:raw.rfind(b"\n") + 1].split(b"\n")[:-1]
        lines = [json.loads(line.decode("utf-8")) for line in whole]
        found = [line for line in lines if line["event"] == "request"]
        if len(found) >= count:
            return found
        expect(time.monotonic() < deadline, f"{len(found)} lines and not {count}")
        time.sleep(0.02)


def refused_heads(folder):
    """400, 408, 414 and 431 before routing: a line and a number each"""
    server = WatchedServer(folder / "data", ["--log-format", "json", "--limits-header-timeout",
                                             f"{HEAD_SECONDS}s"])
    try:
        for number, (sent, status) in enumerate(REFUSED):
            answered = exchange(server, sent)
            expect(answered == status, f"{sent[:40]!r}: {answered}")
            line = access_lines(server, number + 1)[-1]
            expect(line["status"] == status and line["operation"] == "refused_head",
                   f"{sent[:40]!r}: {line}")
            expect(line["reason"] and line["remote"] == "127.0.0.1" and line["out"] > 0
                   and len(line["id"]) == 36, line)
            expect("forged" not in line["event"], line)
        expect(len(access_lines(server, len(REFUSED))) == len(REFUSED), "a line too many")
        with socket.create_connection((server.host, server.port)) as slow:
            slow.sendall(b"GET /slow HTTP/1.1\r\nHos")
            line = access_lines(server, len(REFUSED) + 1)[-1]
        expect(line["status"] == 408 and line["target"] == "/slow" and line["method"] == "GET",
               line)
        for status in (400, 408, 414, 431):
            wanted = sum(1 for _, each in REFUSED if each == status) + (status == 408)
            server.await_metric(wanted, "berth_http_requests_total", operation="refused_head",
                                status=str(status))
    finally:
        server.kill()


def hostile_texts(folder):
    """Whatever stands in targets, methods and agents, each line is a JSON object"""
    server = WatchedServer(folder / "data", ["--log-format", "json", "--log-level", "debug"])
    try:
        for sent in HOSTILE:
            exchange(server, sent)
        # Every byte there is, where a byte may be anything.
        every = bytes(byte for byte in range(256) if byte not in b"\r\n\0")
        exchange(server, b"GET /v2/?" + every.replace(b" ", b"") + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        exchange(server, b"GET /v2/ HTTP/1.1\r\nHost: a\r\nUser-Agent: " + every + b"\r\n\r\n")
        exchange(server, b"GET /v2/%" + every[128:] + b" HTTP/1.1\r\nHost: a\r\n\r\n")
        with Client(server) as client:
            client.request("GET", "/v2/", headers={"User-Agent": "last"})
        lines = access_lines(server, len(HOSTILE) + 4)
        # Of two connections at once, either may be told of first.
        expect("last" in [line.get("agent") for line in lines], lines[-1])
        text = server.log_path.read_bytes()
        expect(b"secret" not in text, "a secret in the log")
        controls = [byte for byte in text if byte < 0x20 and byte != 0x0A or byte == 0x7F]
        expect(not controls, f"control bytes in the log: {controls[:10]}")
        expect(server.stop() == 0, "exit status")
    finally:
        server.kill()


CASES = [refused_heads, hostile_texts]
