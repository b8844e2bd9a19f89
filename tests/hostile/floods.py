# SPDX-License-Identifier: Apache-2.0
"""Clients that send much, or what should not be."""

import socket
import struct
import threading

from target import Target, expect, received_all, statuses

PIPELINED = 1000
CHURN = 20_000

BODY = b"GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
# What comes between "POST /v2/app/blobs/uploads/ HTTP/1.1\r\n" and the body: two readers could see
# its end in two places.
SMUGGLING = [
    b"Host: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
    b"Host: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n",
    b"Host: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n",
    b"Host: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n",
    b"Host: a\r\nContent-Length: 5, 5\r\n",
    b"Host: a\r\nContent-Length: +5\r\n",
    b"Host: a\r\nContent-Length: -1\r\n",
    b"Host: a\r\nContent-Length: 0x5\r\n",
    b"Host: a\r\nContent-Length: 5 5\r\n",
    b"Host: a\r\nContent-Length: 99999999999999999999\r\n",
    b"Host: a\r\nContent-Length:\r\n",
    b"Host: a\r\nContent-Length : 5\r\n",
    b"Host: a\r\n Content-Length: 5\r\n",
    b"Host: a\r\nX: a\r\n Content-Length: 5\r\n",
    b"Host: a\r\nTransfer-Encoding : chunked\r\n",
    b"Host: a\r\nTransfer-Encoding: xchunked\r\n",
    b"Host: a\r\nTransfer-Encoding: chunked, identity\r\n",
    b"Host: a\r\nTransfer-Encoding: identity, chunked\r\n",
    b"Host: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
    b"Host: a\r\nTransfer-Encoding: gzip\r\n",
    b"Host: a\r\nTransfer-Encoding: \x0bchunked\r\n",
    b"Host: a\r\nTransfer-Encoding:\x00chunked\r\n",
    b"Host: a\r\nX: b\nTransfer-Encoding: chunked\r\n",
    b"Host: a\r\nX: b\rTransfer-Encoding: chunked\r\n",
    b"Host: a\r\nHost: b\r\n",
    b"Content-Length: 5\r\n",
]
# Behind "Transfer-Encoding: chunked": framing that is broken.
CHUNKS = [b"5\nhello\r\n0\r\n\r\n", b"0x5\r\nhello\r\n0\r\n\r\n", b"-5\r\nhello\r\n0\r\n\r\n",
          b"5 \rX\r\nhello\r\n0\r\n\r\n", b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
          b"5\r\nhello0\r\n\r\n", b"5\r\nhelloXX0\r\n\r\n", b"\r\n0\r\n\r\n"]


def pipelining(context):
    """40 connections with 1,000 requests each at once: all are answered, in order"""
    def flood(target, wrong):
        with target.connect(timeout=120) as plain:
            requests = b"".join(f"GET /v2/none/tags/list?x={i} HTTP/1.1\r\nHost: a\r\n\r\n".encode()
                                for i in range(PIPELINED))
            sender = threading.Thread(target=plain.sendall, args=(requests,))
            sender.start()
            count, tail = 0, b""
            while count < PIPELINED:
                piece = plain.recv(1 << 18)
                if not piece:
                    break
                count += (tail + piece).count(b"HTTP/1.1 404")
                tail = piece[-11:]
            sender.join()
            if count != PIPELINED:
                wrong.append(count)

    with Target(context) as target:
        wrong = []
        run_threads([threading.Thread(target=flood, args=(target, wrong)) for _ in range(40)])
        expect(not wrong, f"answers: {wrong}")
    return target.note


def run_threads(threads):
    for each in threads:
        each.start()
    for each in threads:
        each.join()


def churn(context):
    """20,000 connections that come and go, with FIN and RST, in the middle of anything"""
    openings = [b"", b"G", b"GET /v2/_catalog HTTP/1.1\r\nHo", b"\r\n\r\n",
                b"GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n",
                b"POST /v2/app/blobs/uploads/ HTTP/1.1\r\nHost: a\r\nContent-Length: 50\r\n\r\nabc"]
    with Target(context) as target:
        for number in range(CHURN):
            plain = target.connect()
            plain.send(openings[number % len(openings)])
            if number % 2:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            plain.close()
    return target.note


def answer_to(target, raw):
    """Of one connection that sends `raw` and then nothing: what came until the server ended it."""
    with target.connect() as plain:
        try:
            plain.sendall(raw)
            plain.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server had enough
        return received_all(plain) or b""


def headers(context):
    """heads with too much in them: 431 and 414, whatever it is"""
    heads = {
        431: [b"GET /v2/ HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 100 + b"\r\n",
              b"GET /v2/ HTTP/1.1\r\nHost: a\r\n" + b"X: a\r\n" * 5000 + b"\r\n",
              b"GET /v2/ HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 40_000 + b"\r\n\r\n",
              b"GET /v2/ HTTP/1.1\r\nHost: a\r\n" + (b"X-" + b"n" * 500 + b": v\r\n") * 90
              + b"\r\n",
              b"GET /v2/ HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 4_000_000],
        414: [b"GET /v2/_catalog?" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
              b"GET /" + b"a" * 4_000_000],
    }
    with Target(context) as target:
        for status, raws in heads.items():
            for raw in raws * 20:
                got = statuses(answer_to(target, raw))
                expect(got == [status], f"{raw[:80]!r}: {got}")
    return target.note


def queries(context):
    """queries and ranges that ask for much: clamped, refused, or answered once"""
    with Target(context) as target:
        content = bytes(range(256)) * 400
        digest = target.push_blob(content)
        for query in ["n=99999999999999999999", "n=-1", "n=1e9", "n=" + "9" * 5000,
                      "&".join(["n=1"] * 500), "&" * 8000, "last=" + "%41" * 5000,
                      "last=" + "a" * 15_000, "%" * 5000, "n=0", "=" * 9000]:
            for path in ["/v2/_catalog", "/v2/app/tags/list", "/acr/v1/_catalog",
                         "/acr/v1/app/_tags", "/acr/v1/app/_manifests"]:
                status, body = target.ask("GET", f"{path}?{query}")
                expect(status in (200, 400, 404), f"{path}?{query[:60]}: {status}")
                expect(len(body) < 100_000, f"{path}?{query[:60]}: {len(body)} bytes")
        for ranges in ["0-0," * 1000 + "0-0", ",".join(f"{i}-" for i in range(3000)), "0-," * 16,
                       "-1," * 2000, "0-102399," * 15 + "0-102399", "5-4", "9" * 4000 + "-"]:
            status, body = target.ask("GET", f"/v2/app/blobs/{digest}",
                                      headers={"Range": "bytes=" + ranges})
            expect(status in (200, 206, 416, 431), f"{ranges[:60]}: {status}")
            expect(len(body) <= 17 * len(content), f"{ranges[:60]}: {len(body)} bytes")
    return target.note


def chunks(context):
    """chunk extensions, chunks of one byte, trailers without an end"""
    head = b"POST /v2/app/blobs/uploads/?digest=%s HTTP/1.1\r\nHost: a\r\n" \
           b"Transfer-Encoding: chunked\r\n\r\n"
    missing = b"sha256:" + b"0" * 64
    with Target(context) as target:
        for body in [b"1;" + b"x" * 4_000_000, (b"1;a=" + b"b" * 60 + b"\r\nx\r\n") * 20_000
                     + b"0\r\n\r\n", b"1\r\nx\r\n" * 100_000 + b"0\r\n\r\n",
                     b"0\r\n" + b"X: y\r\n" * 500_000, b"1\r\nx\r\n0\r\nX: " + b"y" * 4_000_000,
                     b"0" * 2_000_000]:
            got = statuses(answer_to(target, head % missing + body))
            expect(got in ([], [400], [413], [408]), f"{body[:40]!r}: {got}")
    return target.note


def smuggling(context):
    """requests that two readers would end in two places: refused, and nothing behind them runs"""
    good = b"GET /v2/_catalog HTTP/1.1\r\nHost: a\r\n\r\n"
    start = b"POST /v2/app/blobs/uploads/ HTTP/1.1\r\n"
    with Target(context) as target:
        for fields in SMUGGLING:
            raw = start + fields + b"\r\n" + b"0\r\n\r\n" + BODY
            got = statuses(answer_to(target, raw))
            expect(got == [400], f"{fields!r}: {got}")
            got = statuses(answer_to(target, good + raw))
            expect(got == [200, 400], f"behind another, {fields!r}: {got}")
        for chunk in CHUNKS:
            raw = start[:-11] + b"?digest=sha256:" + b"0" * 64 + start[-11:] + \
                b"Host: a\r\nTransfer-Encoding: chunked\r\n\r\n" + chunk + BODY
            got = statuses(answer_to(target, raw))
            expect(got == [400], f"{chunk!r}: {got}")
        got = statuses(answer_to(target, b"POST /v2/app/blobs/uploads/ HTTP/1.0\r\n"
                                         b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + BODY))
        expect(got == [400], f"HTTP/1.0: {got}")
    return target.note


CASES = [pipelining, churn, headers, queries, chunks, smuggling]
