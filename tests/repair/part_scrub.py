# SPDX-License-Identifier: Apache-2.0
"""The check in the background."""

import time

from berth import expect_clean, files_in, flip, object_path
from client import Client, content_of, digest_of, expect
from support.server import Server

OPTIONS = ["--anonymous", "write", "--log-access", "false"]
EAGER = OPTIONS + ["--scrub-interval", "1s", "--scrub-bytes-per-second", "1GiB"]
SLOW = OPTIONS + ["--scrub-interval", "1s", "--scrub-bytes-per-second", "64KiB"]


def status_of(server, content):
    with Client(server) as client:
        return client.request("HEAD", client.path(f"blobs/{digest_of(content)}")).status


def await_status(server, content, status, seconds=30):
    """The server's own doing, on its own time: asked until it has."""
    deadline = time.monotonic() + seconds
    while status_of(server, content) != status:
        expect(time.monotonic() < deadline, f"no {status} within {seconds} s\n{server.log_tail()}")
        time.sleep(0.05)


def finds_damage(context):
    """a flipped byte is found, logged, put aside, and healed by a push"""
    data = context.folder / "data"
    contents = [content_of(size, "scrub") for size in (400, 30_000, 3_000_000)]
    server = Server(data, EAGER)
    try:
        with Client(server) as client:
            for content in contents:
                client.push_blob(content)
            for content in contents[1:]:
                flip(object_path(data, digest_of(content)))
                await_status(server, content, 404)
                expect("blob_damaged" in server.log_tail(), "nothing in the log")
            # Moved after it was marked.
            deadline = time.monotonic() + 10
            while len(files_in(data / "quarantine")) < 2 and time.monotonic() < deadline:
                time.sleep(0.05)
            expect(len(files_in(data / "quarantine")) == 2, "the bytes are not in quarantine")
            for content in contents:
                client.push_blob(content)
                client.check_blob(content)
        expect_clean(data)
    finally:
        status = server.stop()
    expect(status == 0, f"exit status {status}")
    expect_clean(data)


def ends_with_the_server(context):
    """a stop does not wait for a slow pass"""
    data = context.folder / "data"
    content = content_of(4_000_000, "slow")
    server = Server(data, OPTIONS)
    try:
        with Client(server) as client:
            client.push_blob(content)
    finally:
        expect(server.stop() == 0, "stop")
    server = Server(data, SLOW)  # a minute for this one blob
    try:
        with Client(server) as client:
            client.check_blob(content)
    finally:
        status = server.stop(seconds=20)
    expect(status == 0, f"exit status {status}")


CASES = [finds_damage, ends_with_the_server]
