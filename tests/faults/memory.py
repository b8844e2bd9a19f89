# SPDX-License-Identifier: Apache-2.0
"""Memory does not depend on the size of a blob. BERTH_TEST_BIG_BYTES says how large it is: 2 GiB
unless told otherwise; BERTH_TEST_BIG_BYTES=10737418240 is the full check of 10 GiB."""

import hashlib
import http.client
import os
from pathlib import Path

from client import Client, content_of, expect
from support.server import Server

OPTIONS = ["--anonymous", "write"]
BIG_BYTES = int(os.environ.get("BERTH_TEST_BIG_BYTES", 2 << 30))
GROWTH_MAX_KIB = 16 * 1024
PIECE = 1 << 20


def status_kib(pid, name):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name + ":"):
            return int(line.split()[1])
    raise ValueError(name)


class Stream:
    """`size` bytes that never repeat a piece, made while they are read; hashes what it made."""

    def __init__(self, size):
        self.size = size
        self.hash = hashlib.sha256()
        self.pattern = content_of(PIECE, "pattern")

    def __iter__(self):
        for at in range(0, self.size, PIECE):
            piece = at.to_bytes(16, "big") + self.pattern[16:]
            piece = piece[:min(PIECE, self.size - at)]
            self.hash.update(piece)
            yield piece

    def digest(self):
        return "sha256:" + self.hash.hexdigest()


def push(server, size):
    stream = Stream(size)
    with Client(server, seconds=300) as client:
        link = client.start_upload()
        answer = client.request("PATCH", link, iter(stream), {"Content-Length": str(size)})
        expect(answer.status == 202, f"PATCH: {answer.status} {answer.body[:200]!r}")
        answer = client.close_upload(answer.headers["Location"], stream.digest())
        expect(answer.status == 201, f"PUT: {answer.status} {answer.body[:200]!r}")
    return stream.digest()


def pull(server, digest, size):
    connection = http.client.HTTPConnection(server.host, server.port, timeout=300)
    connection.request("GET", f"/v2/faults/app/blobs/{digest}")
    response = connection.getresponse()
    expect(response.status == 200, f"GET: {response.status}")
    found, count = hashlib.sha256(), 0
    while piece := response.read(PIECE):
        found.update(piece)
        count += len(piece)
    connection.close()
    expect(count == size, f"{count} of {size} bytes came back")
    expect("sha256:" + found.hexdigest() == digest, "other bytes came back")


def forget_peak(pid):
    """Sets VmHWM back to what is resident now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def push_and_pull(context):
    """a large push and pull raise resident memory by no more than 16 MiB"""
    free = os.statvfs(context.folder)
    expect(free.f_bavail * free.f_frsize > BIG_BYTES * 1.1, "not enough space for the blob")
    server = Server(context.folder / "data", OPTIONS)
    try:
        # Whatever is allocated once is allocated now.
        pull(server, push(server, 8 * PIECE), 8 * PIECE)
        forget_peak(server.pid)
        before = status_kib(server.pid, "VmRSS")
        digest = push(server, BIG_BYTES)
        pushed = status_kib(server.pid, "VmHWM") - before
        pull(server, digest, BIG_BYTES)
        pulled = status_kib(server.pid, "VmHWM") - before
        note = f"{BIG_BYTES >> 20} MiB; {before} KiB before, +{pushed} KiB by the push, " \
               f"+{pulled} KiB by both"
        expect(pulled <= GROWTH_MAX_KIB, note)
        expect(server.stop() == 0, "exit status")
        return note
    finally:
        server.kill()


CASES = [push_and_pull]
