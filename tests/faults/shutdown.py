# SPDX-License-Identifier: Apache-2.0
"""SIGTERM drains; one data directory has one server; data of a newer version is not touched."""

import http.client
import sqlite3
import threading

from catalog import catalog_path, check_catalog
from client import BROKEN, Client, content_of, digest_of, expect, image_of
from support.server import Server, StartError

OPTIONS = ["--anonymous", "write"]
BIG = 48 * 1024 * 1024


def refused(server):
    """True when nothing accepts any more."""
    try:
        with Client(server, seconds=5) as client:
            client.request("GET", "/v2/")
        return False
    except BROKEN:
        return True


def pull_finishes(context):
    """SIGTERM lets a running pull finish, then exits 0"""
    server = Server(context.folder / "data", OPTIONS)
    content = content_of(BIG, "pull")
    try:
        with Client(server) as client:
            digest = client.push_blob(content)
        connection = http.client.HTTPConnection(server.host, server.port, timeout=30)
        connection.request("GET", f"/v2/faults/app/blobs/{digest}")
        response = connection.getresponse()
        # The socket buffers are far smaller than the blob: the answer is unfinished for sure.
        begin = response.read(1000)
        server.terminate()
        waiting = threading.Event()
        while not refused(server):
            waiting.wait(0.02)
        expect(server.running(), "the server ended with a pull unfinished")
        expect(begin + response.read() == content, "the pull did not finish")
        connection.close()
        expect(server.process.wait(timeout=20) == 0, "exit status is not 0")
    finally:
        server.kill()


def push_finishes(context):
    """SIGTERM lets a running PATCH finish; the next server continues the upload"""
    data = context.folder / "data"
    server = Server(data, OPTIONS)
    first, second = content_of(300_000, "first"), content_of(300_000, "second")
    try:
        with Client(server) as client:
            link = client.start_upload()
            half = len(first) // 2
            client.connection.putrequest("PATCH", link)
            client.connection.putheader("Content-Length", str(len(first)))
            client.connection.endheaders(first[:half])
            with Client(server) as other:
                # Another request was answered: the first one is under way.
                other.wanted(200, "GET", "/v2/_catalog")
            server.terminate()
            client.connection.send(first[half:])
            answer = client.connection.getresponse()
            expect(answer.status == 202, f"PATCH during the drain: {answer.status}")
            answer.read()
        expect(server.process.wait(timeout=20) == 0, "exit status is not 0")
        server = Server(data, OPTIONS)
        with Client(server) as client:
            expect(client.upload_offset(link) == len(first), "offset after the restart")
            expect(client.patch(link, second, len(first)).status == 202, "PATCH after the restart")
            expect(client.close_upload(link, digest_of(first + second)).status == 201, "close")
            client.check_blob(first + second)
    finally:
        server.kill()


def idle_connections(context):
    """SIGTERM does not wait for idle connections"""
    server = Server(context.folder / "data", OPTIONS)
    clients = [Client(server) for _ in range(20)]
    try:
        for client in clients:
            client.wanted(200, "GET", "/v2/_catalog")
        expect(server.stop(seconds=10) == 0, "no exit with status 0 within 10 s")
    finally:
        server.kill()


def two_servers(context):
    """A second server on the same data directory is refused, the first goes on"""
    data = context.folder / "data"
    server = Server(data, OPTIONS)
    try:
        try:
            second = Server(data, OPTIONS)
        except StartError as problem:
            expect(problem.status not in (None, 0), f"exit status {problem.status}")
            expect(str(data) in problem.output or "in use" in problem.output,
                   f"the reason is not told: {problem.output}")
        else:
            second.kill()
            expect(False, "a second server started on the same data directory")
        with Client(server) as client:
            client.push_blob(b"still here")
            client.check_blob(b"still here")
        expect(server.stop() == 0, "exit status of the first")
    finally:
        server.kill()


def newer_schema(context):
    """Data of a newer version is refused and left alone"""
    data = context.folder / "data"
    server = Server(data, OPTIONS)
    content = b"of old"
    with Client(server) as client:
        client.push_blob(content)
        client.push_manifest("v1", image_of(content, []))
    expect(server.stop() == 0, "exit status")
    path = catalog_path(data)
    connection = sqlite3.connect(path)
    with connection:
        columns = [row[1] for row in connection.execute("PRAGMA table_info(schema_version)")]
        others = ", ".join(columns[1:])
        connection.execute(f"INSERT INTO schema_version (version, {others}) "
                           f"SELECT 9999, {others} FROM schema_version LIMIT 1")
    connection.close()
    before = path.read_bytes()
    try:
        server = Server(data, OPTIONS)
    except StartError as problem:
        expect(problem.status not in (None, 0), f"exit status {problem.status}")
        expect("newer" in problem.output, f"the reason is not told: {problem.output}")
    else:
        server.kill()
        expect(False, "the server started on data of a newer version")
    expect(path.read_bytes() == before, "the catalog was changed")
    connection = sqlite3.connect(path)
    with connection:
        connection.execute("DELETE FROM schema_version WHERE version = 9999")
    connection.close()
    server = Server(data, OPTIONS)
    try:
        with Client(server) as client:
            client.check_blob(content)
        check_catalog(data)
        expect(server.stop() == 0, "exit status")
    finally:
        server.kill()


CASES = [pull_finishes, push_finishes, idle_connections, two_servers, newer_schema]
