# SPDX-License-Identifier: Apache-2.0
"""`berth serve --in-memory`: nothing stays."""

import os
import stat
from pathlib import Path

from checks import Running, ask, expect, expect_equal, push_blob

CONTENT = b"soon forgotten" * 1000
OPTIONS = ["--in-memory", "--anonymous", "write"]


def directory_of(server):
    """Where the server's files are: of one of them that it has open."""
    for entry in Path(f"/proc/{server.pid}/fd").iterdir():
        target = Path(os.readlink(entry))
        if target.name == "catalog.db":
            return target.parent
    raise OSError("no catalog is open")


def nothing_stays(folder):
    """what is pushed can be pulled, and is gone with the server"""
    with Running(folder / "data", OPTIONS) as server:
        directory = directory_of(server)
        expect_equal(stat.S_IMODE(directory.stat().st_mode), 0o700, "mode of the directory")
        digest = push_blob(server.port, None, CONTENT)
        path = f"/v2/app/blobs/{digest}"
        expect_equal(ask(server.port, path)[2], CONTENT, "pulled")
        expect_equal(server.stop(), 0, "exit status")
    expect(not directory.exists(), f"{directory} is still there")
    expect(not (folder / "data").exists(), "the data directory was made")
    with Running(folder / "data", OPTIONS) as server:
        expect_equal(ask(server.port, path)[0], 404, "the next server")
    return f"in {directory.parent}"


def killed(folder):
    """after kill -9 the next start removes what was left, and nothing of a server that lives"""
    with Running(folder / "one", OPTIONS) as living, Running(folder / "two", OPTIONS) as dying:
        left = directory_of(dying)
        digest = push_blob(living.port, None, CONTENT)
        push_blob(dying.port, None, CONTENT)
        dying.kill()
        expect(left.exists(), "there was nothing to remove")
        with Running(folder / "three", OPTIONS):
            expect(not left.exists(), f"{left} is still there")
        expect_equal(ask(living.port, f"/v2/app/blobs/{digest}")[2], CONTENT, "the living one")


def with_local(folder):
    """with --local there is no admin account, and its password is not made"""
    options = ["--local", "--local-directory", str(folder / "authority"), "--in-memory",
               "--listen-http", "127.0.0.1:0"]
    with Running(folder / "data", options) as server:
        expect(not (directory_of(server) / "admin-password").exists(), "there is a password")


CASES = [nothing_stays, killed, with_local]
