# SPDX-License-Identifier: Apache-2.0
"""EIO from fsync and fdatasync, injected into the running server with strace: what could not be made
durable is never acknowledged, and the server goes on when the disk works again."""

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
# A push needs fewer syncs than this: file, directory, commit.
SYNCS_MAX = 6


class Injection:
    """While it is attached, the syncs that `when` names (strace's syntax) fail with EIO."""

    def __init__(self, server, folder, when):
        self.trace = Path(folder) / "strace.txt"
        self.process = subprocess.Popen(
            ["strace", "-f", "-o", str(self.trace), "-e", "trace=fsync,fdatasync",
             "-e", f"inject=fsync,fdatasync:error=EIO:when={when}", "-p", str(server.pid)],
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
    try:
        with Client(server) as client:
            client.push_blob(kept)
            client.push_blob(config)
            link = client.start_upload()
        with Injection(server, context.folder, "1+") as injection:
            expect(status_of(server, post(lost)) not in (201, 202), "a blob was acknowledged")
            expect(injection.injected() > 0, "nothing was injected")
            expect(status_of(server, lambda c: c.patch(link, lost)) != 202,
                   "a PATCH was acknowledged")
            expect(status_of(server, lambda c: c.put_manifest("v1", image_of(config, [kept])))
                   != 201, "a manifest was acknowledged")
            with Client(server) as client:
                client.check_blob(kept)
        with Client(server) as client:
            expect(client.get_blob(digest_of(lost)) is None, "a refused blob is served")
            expect(client.get_manifest("v1") is None, "a refused manifest is served")
        recovers(server, lost, config, kept)
    finally:
        server.kill()


def recovers(server, lost, config, kept):
    with Client(server) as client:
        client.push_blob(lost)
        client.check_blob(lost)
        client.push_manifest("v1", image_of(config, [kept]))
    expect(server.stop() == 0, "exit status")
    check_catalog(server.data)


def one_sync_fails(context):
    """the first, the second ... sync of a push fails"""
    server = Server(context.folder / "data", OPTIONS)
    hits = 0
    try:
        for number in range(1, SYNCS_MAX + 1):
            content = content_of(40_000, f"blob {number}")
            with Injection(server, context.folder, str(number)) as injection:
                status = status_of(server, post(content))
                hit = injection.injected() > 0
            expect(status != 201 if hit else status == 201,
                   f"sync {number} {'failed' if hit else 'did not happen'}, the push got {status}")
            hits += hit
            with Client(server) as client:
                if status != 201:
                    expect(client.get_blob(digest_of(content)) is None,
                           f"sync {number}: a refused blob is served")
                client.push_blob(content)
                client.check_blob(content)
        expect(hits >= 2, f"a push made only {hits} syncs")
        expect(server.stop() == 0, "exit status")
        check_catalog(server.data)
        return f"{hits} syncs in a push"
    finally:
        server.kill()


CASES = [every_sync_fails, one_sync_fails]
