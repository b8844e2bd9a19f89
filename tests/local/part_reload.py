# SPDX-License-Identifier: Apache-2.0
"""The certificate is read again while the server serves."""

import os
import shutil
import signal

from checks import (Connection, Running, await_log, expect, expect_equal, log_lines, push_blob,
                    tls_init, tls_options, trusting)
from support.server import Server, StartError

OPTIONS = ["--anonymous", "write"]
BIG = 32 * 1024 * 1024


def serial_served(server, context):
    with Connection(server.port, context) as connection:
        return connection.serial()


def changed_files(folder):
    """new files are taken; an open connection and a running download go on with the old ones"""
    directory = folder / "tls"
    first = tls_init(directory)["server"]["serial"]
    context = trusting(directory / "ca.crt")
    with Running(folder / "data", OPTIONS + tls_options(directory)) as server:
        content = os.urandom(1024) * (BIG // 1024)
        digest = push_blob(server.port, context, content)
        with Connection(server.port, context) as kept, Connection(server.port, context) as busy:
            expect_equal(kept.request("HEAD", f"/v2/app/blobs/{digest}")[0], 200, "before")
            download = busy.open("GET", f"/v2/app/blobs/{digest}")
            begin = download.read(1000)
            second = tls_init(directory)["server"]["serial"]
            lines = await_log(server, "tls_reloaded")
            expect(f"serial={second}" in lines[-1], f"{second} is not in {lines[-1]}")
            expect_equal(serial_served(server, context), second, "a new connection's certificate")
            expect_equal(kept.request("HEAD", f"/v2/app/blobs/{digest}")[0], 200, "kept connection")
            expect_equal(kept.serial(), first, "kept connection's certificate")
            expect(begin + download.read() == content, "the download was damaged")
        expect_equal(server.stop(), 0, "exit status")


def told(folder):
    """SIGHUP reads the files whether they changed or not, and does not end the server"""
    directory = folder / "tls"
    serial = tls_init(directory)["server"]["serial"]
    with Running(folder / "data", tls_options(directory)) as server:
        for count in (1, 2):
            os.kill(server.pid, signal.SIGHUP)
            await_log(server, "tls_reloaded", count)
        expect_equal(serial_served(server, trusting(directory / "ca.crt")), serial, "certificate")
    with Running(folder / "plain") as server:  # without a certificate there is nothing to read
        os.kill(server.pid, signal.SIGHUP)
        server.terminate()
        expect_equal(server.stop(), 0, "exit status of a server without a certificate")


def bad_pair(folder):
    """what does not fit leaves the old pair in use and is logged once"""
    directory, other = folder / "tls", folder / "other"
    first = tls_init(directory)["server"]["serial"]
    tls_init(other)
    context = trusting(directory / "ca.crt")
    with Running(folder / "data", tls_options(directory)) as server:
        shutil.copy(other / "server.key", directory / "draft")
        os.replace(directory / "draft", directory / "server.key")
        lines = await_log(server, "tls_not_reloaded")
        expect("key does not fit the certificate" in lines[0], lines[0])
        expect_equal(serial_served(server, context), first, "certificate after a strange key")
        (directory / "draft").write_bytes((directory / "server.crt").read_bytes()[:300])
        os.replace(directory / "draft", directory / "server.crt")
        lines = await_log(server, "tls_not_reloaded", 2)
        expect("cannot read certificate" in lines[1], lines[1])
        os.remove(directory / "server.crt")
        await_log(server, "tls_not_reloaded", 3)
        expect_equal(serial_served(server, context), first, "certificate after half a file")
        # A good pair; the files come one after the other, and half of it may be seen.
        second = tls_init(directory)["server"]["serial"]
        await_log(server, "tls_reloaded")
        expect_equal(serial_served(server, context), second, "certificate of a good pair")
        expect(len(log_lines(server, "tls_not_reloaded")) <= 4, "a bad pair is logged repeatedly")


def swapped_links(folder):
    """as Kubernetes replaces secrets: a link to a directory changes, the paths do not"""
    one, two, current = folder / "one", folder / "two", folder / "current"
    tls_init(one)
    shutil.copytree(one, two)
    second = tls_init(two)["server"]["serial"]
    current.symlink_to("one")
    with Running(folder / "data", tls_options(current)) as server:
        (folder / "next").symlink_to("two")
        os.replace(folder / "next", current)
        await_log(server, "tls_reloaded")
        expect_equal(serial_served(server, trusting(one / "ca.crt")), second, "certificate")
        expect_equal(log_lines(server, "tls_not_reloaded"), [], "complaints")


def cannot_start(folder):
    """a server whose certificate cannot be read does not start, and says why"""
    try:
        Server(folder / "data", ["--tls-cert", "/nonexistent.crt", "--tls-key", "/nonexistent"])
    except StartError as problem:
        expect("cannot read certificate /nonexistent.crt" in problem.output, problem.output)
        expect_equal(problem.status, 1, "exit status")
        return
    expect(False, "it started")


CASES = [changed_files, told, bad_pair, swapped_links, cannot_start]
