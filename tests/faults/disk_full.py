# SPDX-License-Identifier: Apache-2.0
"""A full disk: pushes are refused in ACR's envelope, sessions stay consistent, reads go on, and
pushes work again when there is space. Once with a tmpfs, once with an ext4 image."""

import contextlib
import errno
import os
import subprocess
from pathlib import Path

from catalog import check_catalog
from client import BROKEN, Client, content_of, digest_of, expect, image_of
from support.server import Server, binary_path

OPTIONS = ["--anonymous", "write"]
DISK_BYTES = 48 * 1024 * 1024
FULL = (503, 507)


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    expect(done.returncode == 0, f"{' '.join(map(str, command))}: {done.stderr.strip()}")


@contextlib.contextmanager
def mounted(folder, kind):
    point = Path(folder) / "disk"
    point.mkdir()
    if kind == "tmpfs":
        run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(point))
    else:
        image = Path(folder) / "disk.img"
        with open(image, "wb") as file:
            file.truncate(DISK_BYTES)
        run("mkfs.ext4", "-qF", "-m", "0", str(image))
        run("mount", "-o", "loop", str(image), str(point))
    try:
        yield point
    finally:
        run("umount", str(point))


def fill(path):
    """Writes until there is not a byte left."""
    size = 1 << 20
    with open(path, "wb", buffering=0) as file:
        while size:
            try:
                file.write(b"x" * size)
            except OSError as problem:
                if problem.errno != errno.ENOSPC:
                    raise
                size //= 2
        with contextlib.suppress(OSError):
            os.fsync(file.fileno())


def refused(answer, what):
    expect(answer.status in FULL, f"{what} on a full disk: {answer.status} {answer.body[:200]!r}")
    answer.error_code()


def attempt(server, action):
    """A refusal may come with the end of the connection: each attempt has one of its own."""
    try:
        with Client(server) as client:
            return action(client)
    except BROKEN as problem:
        expect(False, f"no answer on a full disk: {type(problem).__name__}: {problem}")


def full_disk(folder, kind):
    with mounted(folder, kind) as disk:
        server = Server(disk / "data", OPTIONS, log_path=Path(folder) / "log")
        try:
            work(server, disk)
            expect(server.stop() == 0, "exit status")
        finally:
            server.kill()


def back_up(server, target):
    """Reads what is full; what it writes is elsewhere."""
    for check in ([], ["--check"]):
        run(binary_path(), "backup", *check, target, "--data", server.data)


def work(server, disk):
    kept, first = content_of(500_000, "kept"), content_of(1_000_000, "first")
    second, config = content_of(4_000_000, "second"), b"{}"
    manifest, later = image_of(config, [kept]), image_of(config, [])
    with Client(server) as client:
        for content in (kept, config):
            client.push_blob(content)
        client.push_manifest("v1", manifest)
        link, given_up = client.start_upload(), client.start_upload()
        for one in (link, given_up):
            expect(client.patch(one, first, 0).status == 202, "PATCH with space")
    reserve = disk / "reserve"
    reserve.write_bytes(b"x" * 2_000_000)
    fill(disk / "filler")
    big = content_of(3_000_000, "big")
    refused(attempt(server, lambda c: c.request(
        "POST", c.path(f"blobs/uploads/?digest={digest_of(big)}"), big)), "POST of a blob")
    os.unlink(reserve)
    refused(attempt(server, lambda c: c.patch(link, second, len(first))), "PATCH")
    fill(disk / "more_filler")  # what the PATCH left cannot even be noted
    offset = attempt(server, lambda c: c.upload_offset(link))
    expect(offset is not None and len(first) <= offset <= len(first) + len(second),
           f"offset of the session on a full disk: {offset}")
    put = attempt(server, lambda c: c.put_manifest("v2", later))
    expect(put.status in FULL + (201,), f"PUT manifest on a full disk: {put.status}")
    started = attempt(server, lambda c: c.request("POST", c.path("blobs/uploads/")))
    expect(started.status in FULL + (202,), f"start on a full disk: {started.status}")
    fill(disk / "last_filler")
    back_up(server, disk.parent / "backup")
    cancelled = attempt(server, lambda c: c.request("DELETE", given_up))
    expect(cancelled.status == 204, f"DELETE, which makes space: {cancelled.status}")
    with Client(server) as client:
        expect(client.upload_offset(given_up) is None, "a session that was cancelled")
        client.check_blob(kept)
        expect(client.get_manifest("v1") == manifest, "manifest on a full disk")
        expect((client.get_manifest("v2") == later) == (put.status == 201), "v2")
        expect(client.get_blob(digest_of(big)) is None, "a refused blob is there")
        client.wanted(200, "GET", client.path("tags/list"))
    for filler in ("filler", "more_filler", "last_filler"):
        os.unlink(disk / filler)
    with Client(server) as client:
        offset = client.upload_offset(link)
        whole = first + second
        expect(client.patch(link, whole[offset:], offset).status == 202, "PATCH with space again")
        expect(client.close_upload(link, digest_of(whole)).status == 201, "close with space again")
        client.check_blob(whole)
        client.push_blob(big)
        client.check_blob(big)
        client.push_manifest("v2", later)
        expect(client.get_manifest("v2") == later, "v2 with space again")
    check_catalog(server.data)


def on_tmpfs(context):
    """a full tmpfs"""
    full_disk(context.folder, "tmpfs")


def on_ext4(context):
    """a full ext4"""
    full_disk(context.folder, "ext4")


CASES = [on_tmpfs, on_ext4]
