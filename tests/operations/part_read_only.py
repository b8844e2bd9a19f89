# SPDX-License-Identifier: Apache-2.0
"""A file system that became read-only under the server, and a disk that refuses syncs: pushes are
refused, pulls go on, /readyz says why. What can come back does so without a restart."""

import subprocess
import time

from admin import WatchedServer
from client import Client, expect, image_of
from disk_full import attempt, mounted, run
from part_full import push, reads_go_on, refused_push
from sync_error import Injection
from support.server import StartError

# What changes a file or a directory. Opening is left out: reading needs it.
WRITES = "pwrite64,pwritev,fallocate,ftruncate,link,unlink,mkdir"


class ReadOnly(Injection):
    """While it is attached the kernel says EROFS to everything that changes a file."""

    def __init__(self, folder, server):
        self.trace = folder / "strace.txt"
        self.process = subprocess.Popen(
            ["strace", "-f", "-o", str(self.trace), "-e",
             f"trace={WRITES}", "-e", f"inject={WRITES}:error=EROFS", "-p", str(server.pid)],
            stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self._await_attached(time.monotonic() + 10)


def prepare(server):
    kept, config = push(server, "kept"), b"{}"
    manifest = image_of(config, [kept])
    with Client(server) as client:
        client.push_blob(config)
        client.push_manifest("v1", manifest)
    return kept, manifest


def small_writes_refused(server):
    for action in (lambda c: c.request("POST", c.path("blobs/uploads/")),
                   lambda c: c.request("DELETE", c.path("manifests/v1")),
                   lambda c: c.put_manifest("v2", image_of(b"{}", []))):
        answer = attempt(server, action)
        if answer.status < 400:
            continue  # what the catalog still takes into memory and promises nothing about
        expect(answer.status in (405, 500, 503, 507), f"{answer.status} {answer.body!r}")
        answer.error_code()


def comes_back(folder):
    """writes get EROFS, then no more: comes back by itself"""
    server = WatchedServer(folder / "data", log_path=folder / "log")
    try:
        kept, manifest = prepare(server)
        with ReadOnly(folder, server):
            refused_push(server, "refused")
            server.await_checks({"catalog_writable": "read_only",
                                 "store_writable": "read_only"})
            reads_go_on(server, kept, manifest)
            small_writes_refused(server)
            expect(server.metric("berth_store_writable", place="catalog") == 0, "metric")
        server.await_checks({})
        push(server, "again")
        expect(server.stop() == 0, "exit status")
    finally:
        server.kill()


def aborted_ext4(folder):
    """ext4 gave up and is read-only: reads go on until it is mounted anew"""
    with mounted(folder, "ext4") as disk:
        server = WatchedServer(disk / "data", log_path=folder / "log")
        try:
            kept, manifest = prepare(server)
            run("mount", "-o", "remount,abort", str(disk))
            refused_push(server, "refused")
            server.await_checks({"catalog_writable": "read_only", "store_writable": "read_only"})
            for _ in range(20):
                reads_go_on(server, kept, manifest)
            small_writes_refused(server)
            expect(server.running(), "the server ended")
            expect(server.stop() == 0, "exit status")
            try:
                server = WatchedServer(disk / "data", log_path=folder / "log")
            except StartError as problem:
                expect(problem.status == 1 and "read-only" in problem.output.lower(),
                       f"does not say what is wrong: {problem}")
            run("umount", str(disk))
            run("mount", "-o", "loop", str(folder / "disk.img"), str(disk))
            server = WatchedServer(disk / "data", log_path=folder / "log")
            expect(server.failed_checks() == {}, "not ready")
            reads_go_on(server, kept, manifest)
            push(server, "again")
            expect(server.stop() == 0, "exit status")
        finally:
            server.kill()


def no_sync(folder):
    """syncs get EIO, then no more: comes back by itself"""
    server = WatchedServer(folder / "data", log_path=folder / "log")
    try:
        kept, manifest = prepare(server)
        with Injection(folder, "1+", ["-f", "-p", str(server.pid)]):
            answer = attempt(server, lambda c: c.request(
                "PUT", c.path("manifests/v2"), image_of(b"{}", []),
                {"Content-Type": "application/vnd.oci.image.manifest.v1+json"}))
            expect(answer.status == 500, f"PUT of a manifest: {answer.status}")
            server.await_checks({"catalog_writable": "io_error", "store_writable": "io_error"})
            reads_go_on(server, kept, manifest)
            expect(server.metric("berth_store_errors_total", operation="sync") > 0, "metric")
        server.await_checks({})
        push(server, "again")
        expect(server.stop() == 0, "exit status")
    finally:
        server.kill()


CASES = [comes_back, aborted_ext4, no_sync]
