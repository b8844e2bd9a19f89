# SPDX-License-Identifier: Apache-2.0
"""A full disk: pushes are refused, pulls go on, /readyz and /metrics say why, and all of it comes
back without a restart when there is space. On a tmpfs and on an ext4 image."""

import os
import subprocess
import time

from admin import WatchedServer
from client import Client, content_of, expect, image_of
from disk_full import attempt, fill, mounted
from support.server import StartError, binary_path

FULL = {"store_writable": "disk_full", "disk_space": "disk_full"}


def push(server, seed, size=2_000_000):
    content = content_of(size, seed)
    with Client(server) as client:
        client.push_blob(content)
    return content


def refused_push(server, seed):
    content = content_of(2_000_000, seed)
    link = attempt(server, lambda client: client.request("POST", client.path("blobs/uploads/")))
    if link.status == 202:
        answer = attempt(server, lambda client: client.patch(link.headers["Location"], content))
    else:
        answer = link
    expect(answer.status in (503, 507), f"a push on a full disk: {answer.status}")
    expect(answer.error_code() == "UNAVAILABLE", answer.body)
    expect(int(answer.headers["Retry-After"]) > 0, "no Retry-After")


def reads_go_on(server, kept, manifest):
    with Client(server) as client:
        client.check_blob(kept)
        expect(client.get_manifest("v1") == manifest, "the manifest")
        client.wanted(200, "HEAD", client.path("manifests/v1"))
        client.wanted(200, "GET", client.path("tags/list"))
        client.wanted(200, "GET", "/v2/_catalog")
        client.wanted(200, "GET", "/acr/v1/faults/app")


def full_and_back(folder, kind):
    with mounted(folder, kind) as disk:
        server = WatchedServer(disk / "data", log_path=folder / "log")
        try:
            kept, config = push(server, "kept"), b"{}"
            manifest = image_of(config, [kept])
            with Client(server) as client:
                client.push_blob(config)
                client.push_manifest("v1", manifest)
            for turn in ("first", "second"):
                expect(server.failed_checks() == {}, "not ready at first")
                fill(disk / "filler")
                # An idle server notices, too: nothing was pushed since.
                failed = await_full(server)
                refused_push(server, turn)
                reads_go_on(server, kept, manifest)
                expect(server.metric("berth_store_writable", place="objects") == 0, "metric")
                expect(server.metric("berth_disk_free_bytes") < 1 << 20, "free bytes")
                os.unlink(disk / "filler")
                server.await_checks({})
                expect(server.metric("berth_store_writable", place="objects") == 1, "metric")
                push(server, turn)
            log = (folder / "log").read_text()
            expect(log.count("store_degraded") == log.count("store_recovered"),
                   "as often degraded as recovered")
            expect(2 <= log.count("store_degraded") <= 4, "a line per change of each place")
            expect(server.metric("berth_store_degraded_total") == 2, "times degraded")
            expect(server.stop() == 0, "exit status")
            return f"readyz said {failed}"
        finally:
            server.kill()


def await_full(server):
    deadline = time.monotonic() + 15
    while True:
        failed = server.failed_checks()
        if FULL.items() <= failed.items():
            return failed
        expect(time.monotonic() < deadline, f"/readyz on a full disk: {failed}")
        time.sleep(0.05)


def on_tmpfs(folder):
    """a full tmpfs, twice"""
    return full_and_back(folder, "tmpfs")


def on_ext4(folder):
    """a full ext4, twice"""
    return full_and_back(folder, "ext4")


def start(folder, kind):
    with mounted(folder, kind) as disk:
        log = folder / "log"
        server = WatchedServer(disk / "data", log_path=log)
        kept = push(server, "kept")
        server.kill()  # leaves the catalog's log and index behind
        after_a_crash = start_full(disk, log, kept)
        return f"after a crash: {after_a_crash}; after a clean end: {start_full(disk, log, kept)}"


def start_full(disk, log, kept):
    """The catalog's log is copied and its index made at the start, for which there may be no room:
    then the server says so instead of starting, and starts when there is room."""
    fill(disk / "filler")
    try:
        server = WatchedServer(disk / "data", log_path=log)
    except StartError as problem:
        expect(problem.status == 1 and "disk" in problem.output and "full" in problem.output,
               f"does not say what is wrong: {problem}")
        os.unlink(disk / "filler")
        server = WatchedServer(disk / "data", log_path=log)
        note = "refused"
    else:
        os.unlink(disk / "filler")
        note = "starts"
    try:
        with Client(server) as client:
            client.check_blob(kept)
        server.await_checks({})
        push(server, note)
        expect(server.stop() == 0, "exit status")
    finally:
        server.kill()
    return note


def starts_with_little(folder):
    """starts with 0 to 40 KiB left, in blocks of 1 KiB"""
    with mounted(folder, "ext4") as disk:
        log = folder / "log"
        server = WatchedServer(disk / "data", log_path=log)
        kept, config = push(server, "kept"), b"{}"
        manifest = image_of(config, [kept])
        with Client(server) as client:
            client.push_blob(config)
            client.push_manifest("v1", manifest)
        expect(server.stop() == 0, "exit status")
        started = [left for left in range(0, 40_961, 2048)
                   if starts_with(disk, log, left, kept, manifest)]
        expect(started, "never starts")
        return f"from {started[0]} bytes on"


def starts_with(disk, log, left, kept, manifest):
    """Whether there is room for the index of the catalog's log. Its file can be as long as it
    should and yet lack blocks, which the kernel tells by a signal."""
    fill(disk / "filler")
    with open(disk / "filler", "rb+") as filler:
        filler.truncate(os.fstat(filler.fileno()).st_size - left)
        os.fsync(filler.fileno())
    try:
        server = WatchedServer(disk / "data", log_path=log)
    except StartError as problem:
        expect(problem.status == 1 and "disk" in problem.output and "full" in problem.output,
               f"does not say what is wrong with {left} bytes left: {problem}")
        command_says_why(disk / "data")
        return False
    else:
        try:
            reads_go_on(server, kept, manifest)
            answer = attempt(server, lambda c: c.put_manifest("v2", image_of(b"{}", [])))
            expect(answer.status in (201, 503, 507), f"PUT of a manifest: {answer.status}")
            reads_go_on(server, kept, manifest)
            expect(server.stop() == 0, f"exit status with {left} bytes left")
        finally:
            server.kill()
        return True
    finally:
        os.unlink(disk / "filler")


def command_says_why(data):
    done = subprocess.run([binary_path(), "verify", "--data", str(data)], capture_output=True,
                          text=True, check=False)
    said = done.returncode == 1 and "free some space" in done.stderr
    expect(said or done.returncode == 0,  # with the blocks that the server's attempt left
           f"verify on a full disk: {done.returncode} {done.stderr}")


def starts_on_tmpfs(folder):
    """starts on a full tmpfs"""
    return start(folder, "tmpfs")


def starts_on_ext4(folder):
    """starts on a full ext4"""
    return start(folder, "ext4")


CASES = [on_tmpfs, on_ext4, starts_on_tmpfs, starts_on_ext4, starts_with_little]
