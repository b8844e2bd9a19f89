# SPDX-License-Identifier: Apache-2.0
"""EIO from fsync and fdatasync, injected into the running server with strace: what could not be
made durable is never acknowledged, and the server goes on when the disk works again."""

import os
import select
import signal
import subprocess
import time
from pathlib import Path

from catalog import check_catalog
from client import BROKEN, Client, content_of, digest_of, expect, image_of
from support.server import Server

OPTIONS = ["--anonymous", "write"]
# strace counts per thread: one thread does the files' syncs, another the catalog's.
ONE_EACH = OPTIONS + ["--server-blocking-threads", "1", "--server-io-threads", "1"]
# A thread makes fewer syncs in a push than this.
SYNCS_MAX = 3


class Injection:
    """While it is attached, the `calls` that `when` names (strace's syntax, counted per thread)
    fail with `error`, in the threads that `target` names (strace's options)."""

    def __init__(self, folder, when, target, calls="fsync,fdatasync", error="EIO"):
        self.trace = Path(folder) / "strace.txt"
        self.process = subprocess.Popen(
            ["strace", "-o", str(self.trace), "-e", f"trace={calls}",
             "-e", f"inject={calls}:error={error}:when={when}"] + target,
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._await_attached(time.monotonic() + 10)

    def _await_attached(self, deadline):
        said = b""
        while b"attached" not in said:
            left = deadline - time.monotonic()
            ready = left > 0 and select.select([self.process.stderr], [], [], left)[0]
            piece = os.read(self.process.stderr.fileno(), 4096) if ready else b""
            expect(piece, f"strace does not attach: {said.decode()}")
            said += piece

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.process.stderr.close()

    def injected(self):
        return self.trace.read_text().count("(INJECTED)")


def status_of(server, action):
    try:
        with Client(server) as client:
            return action(client).status
    except BROKEN:
        return None


def post(content):
    return lambda client: client.request(
        "POST", client.path(f"blobs/uploads/?digest={digest_of(content)}"), content)


def every_sync_fails(context):
    """no sync succeeds: nothing is acknowledged, reads go on"""
    server = Server(context.folder / "data", OPTIONS)
    kept, lost, config = content_of(50_000, "kept"), content_of(60_000, "lost"), b"{}"
    small = content_of(3_000, "in the catalog")
    try:
        with Client(server) as client:
            client.push_blob(kept)
            client.push_blob(config)
            link, small_link = client.start_upload(), client.start_upload()
        with Injection(context.folder, "1+", ["-f", "-p", str(server.pid)]) as injection:
            expect(status_of(server, post(lost)) not in (201, 202), "a blob was acknowledged")
            expect(injection.injected() > 0, "nothing was injected")
            expect(status_of(server, lambda c: c.patch(link, lost)) != 202,
                   "a PATCH was acknowledged")
            expect(status_of(server, post(small)) not in (201, 202),
                   "a small blob was acknowledged")
            expect(status_of(server, lambda c: c.patch(small_link, small)) != 202,
                   "a small PATCH was acknowledged")
            expect(status_of(server, lambda c: c.put_manifest("v1", image_of(config, [kept])))
                   != 201, "a manifest was acknowledged")
            with Client(server) as client:
                client.check_blob(kept)
        with Client(server) as client:
            for content in (lost, small):
                expect(client.get_blob(digest_of(content)) is None, "a refused blob is served")
            expect(client.get_manifest("v1") is None, "a refused manifest is served")
        recovers(server, [lost, small], config, kept)
    finally:
        server.kill()


def recovers(server, lost, config, kept):
    with Client(server) as client:
        for content in lost:
            client.push_blob(content)
            client.check_blob(content)
        client.push_manifest("v1", image_of(config, [kept]))
    expect(server.stop() == 0, "exit status")
    check_catalog(server.data)


def threads_of(server):
    return sorted(int(path.name) for path in Path(f"/proc/{server.pid}/task").iterdir())


def one_sync_fails(context):
    """the first, the second ... sync of a push fails, in whichever thread"""
    server = Server(context.folder / "data", ONE_EACH)
    hits = 0
    try:
        for thread in threads_of(server):
            for number in range(1, SYNCS_MAX + 1):
                hit = fail_one(server, context.folder, thread, number)
                hits += hit
                if not hit:
                    break
        expect(hits >= 3, f"a push made only {hits} syncs: file, directory and commit are three")
        expect(server.stop() == 0, "exit status")
        check_catalog(server.data)
        return f"{hits} syncs in a push"
    finally:
        server.kill()


def fail_one(server, folder, thread, number):
    """Whether the thread made so many syncs; the push was refused then, and works afterwards."""
    content = content_of(40_000, f"blob {thread} {number}")
    with Injection(folder, str(number), ["-p", str(thread)]) as injection:
        status = status_of(server, post(content))
        hit = injection.injected() > 0
    expect(status != 201 if hit else status == 201, f"thread {thread}, sync {number} "
           f"{'failed' if hit else 'did not happen'}, the push got {status}")
    with Client(server) as client:
        if hit:
            expect(client.get_blob(digest_of(content)) is None,
                   f"thread {thread}, sync {number}: a refused blob is served")
        client.push_blob(content)
        client.check_blob(content)
    return hit


CASES = [every_sync_fails, one_sync_fails]
