# SPDX-License-Identifier: Apache-2.0
"""The admin listener: its three paths, and numbers that are true."""

import re
import socket
import ssl
import http.client

from admin import WatchedServer, local_mode
from client import Client, content_of, digest_of, expect, image_of
from support.server import ROOT, Server

PAGE = ROOT / "docs" / "metrics.md"


def three_paths(folder):
    """/healthz, /readyz and /metrics, and nothing else"""
    server = WatchedServer(folder / "data")
    try:
        expect(server.ask("/healthz")[0] == 200, "/healthz")
        expect(server.failed_checks() == {}, "not ready")
        server.metrics()
        for path in ("/", "/v2/", "/v2/_catalog", "/healthz/x", "/metrics/", "/debug"):
            expect(server.ask(path)[0] == 404, path)
        for path in ("/healthz", "/readyz", "/metrics"):
            status, headers, body = server.ask(path, "HEAD")
            expect(status == 200 and body == b"" and int(headers["Content-Length"]) > 0,
                   f"HEAD {path}")
            expect(server.ask(path, "POST")[0] == 405, f"POST {path}")
        with Client(server) as client:
            for path in ("/healthz", "/readyz", "/metrics"):
                expect(client.request("GET", path).status == 404, f"{path} on the registry's port")
        expect("admin_listener_exposed" not in server.log_tail(), "warns of a loopback address")
        expect(server.stop() == 0, "exit status")
    finally:
        server.kill()


def off_by_default(folder):
    """No admin listener unless it is asked for; a warning when others reach it"""
    server = Server(folder / "data", ["--anonymous", "write"])
    try:
        expect(b"/healthz" not in server._output, "an admin listener nobody asked for")
        expect(server.stop() == 0, "exit status")
    finally:
        server.kill()
    server = Server(folder / "data", ["--anonymous", "write", "--admin-listen", "0.0.0.0:0"])
    try:
        expect("admin_listener_exposed" in server.log_tail(), "no warning")
    finally:
        server.kill()


def other_modes(folder):
    """In memory and in local mode, too"""
    for mode in (["--in-memory"], local_mode(folder)):
        server = WatchedServer(folder / "data", mode)
        try:
            expect(server.ask("/healthz")[0] == 200, f"/healthz {mode}")
            expect(server.failed_checks() == {}, f"not ready {mode}")
            server.metrics()
            expect(server.stop() == 0, "exit status")
        finally:
            server.kill()


def beside_the_limit(folder):
    """Answers when the registry takes no more connections"""
    server = WatchedServer(folder / "data", ["--limits-connections-max", "3"])
    held = []
    try:
        for _ in range(6):
            held.append(socket.create_connection((server.host, server.port)))
        for _ in range(6):
            expect(server.ask("/healthz")[0] == 200, "/healthz")
        server.await_metric(3, "berth_connections", port="http", protocol="http/1.1")
    finally:
        for connection in held:
            connection.close()
        server.kill()


def true_numbers(folder):
    """Requests, bytes, commits and sign-ins are what was done"""
    server = WatchedServer(folder / "data")
    blob, config = content_of(100_000, "blob"), b"{}"
    try:
        with Client(server) as client:
            client.push_blob(blob)
            client.push_blob(config)
            client.push_manifest("v1", image_of(config, [blob]))
            for _ in range(7):
                client.check_blob(blob)
            client.request("GET", client.path("blobs/" + digest_of(b"not there")))
            client.request("GET", "/nothing/here")
            client.request("GET", "/v2/", headers={"Authorization": "Bearer nonsense"})
        metrics = server.settled()

        def value(name, **labels):
            return metrics.get((name, frozenset(labels.items())), 0)

        for operation, status, count in [("blob_get", "200", 7), ("blob_get", "404", 1),
                                         ("manifest_put", "201", 1), ("none", "404", 1)]:
            counted = value("berth_http_requests_total", operation=operation, status=status)
            expect(counted == count, f"{operation} {status}: {counted}")
        sent = value("berth_http_response_size_bytes_sum", operation="blob_get")
        expect(7 * len(blob) < sent < 7 * len(blob) + 8 * 2000, f"bytes out: {sent}")
        got = value("berth_http_request_size_bytes_sum", operation="upload_start")
        expect(got == len(blob) + len(config), f"bytes in: {got}")
        expect(value("berth_http_request_duration_seconds_count", operation="blob_get") == 8,
               "durations")
        expect(value("berth_sign_ins_refused_total", reason="token_malformed") == 1, "sign-ins")
        expect(value("berth_catalog_commits_total", result="ok") >= 3, "commits")
        expect(value("berth_store_sync_duration_seconds_count") >= 2, "syncs")
        expect(value("berth_ready") == 1 and value("berth_draining") == 0, "ready")
        expect(value("process_resident_memory_bytes") > 1_000_000, "memory")
        expect(len([key for key in metrics if key[0] == "berth_build_info"]) == 1, "build info")
    finally:
        server.kill()


def names_do_not_grow(folder):
    """Whatever clients ask for, there are no more samples"""
    server = WatchedServer(folder / "data")
    try:
        with Client(server) as client:
            client.request("GET", "/v2/one/tags/list")
            client.request("BREW", "/v2/")
        before = set(server.settled())
        for i in range(50):
            with Client(server, repository=f"name/{i}") as client:
                client.request("GET", f"/v2/some/name{i}/tags/list")
                client.request(f"BREW{i}", "/v2/")
        grown = set(server.settled()) - before
        expect(not grown, f"new samples: {grown}")
    finally:
        server.kill()


def over_tls(folder):
    """TLS handshakes, good ones and bad ones"""
    server = WatchedServer(folder / "data", local_mode(folder))
    try:
        anybody = ssl._create_unverified_context()
        connection = http.client.HTTPSConnection(server.host, server.port, context=anybody,
                                                 timeout=20)
        connection.request("GET", "/v2/")
        connection.getresponse().read()
        server.await_metric(1, "berth_connections", port="https", protocol="http/1.1")
        connection.close()
        with socket.create_connection((server.host, server.port)) as plain:
            plain.sendall(b"\x16\x03\x01\x00\x05hello")
            plain.settimeout(20)
            while plain.recv(1000):
                pass
        server.await_metric(1, "berth_tls_handshakes_total", result="ok")
        server.await_metric(1, "berth_tls_handshakes_total", result="failed")
        paths = [server.metric("berth_tls_connections_total", encrypted_by=who)
                 for who in ("kernel", "process")]
        expect(sum(paths) == 1, f"who encrypts: {paths}")
        expect(server.metric("berth_tls_certificate_not_after_seconds") > 1.7e9, "certificate")
    finally:
        server.kill()


def documented(folder):
    """docs/metrics.md lists what /metrics shows: names, types, labels"""
    server = WatchedServer(folder / "data", local_mode(folder))
    try:
        shown = {}
        _, _, body = server.ask("/metrics")
        for line in body.decode().splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                shown[name] = kind
        listed = dict(re.findall(r"^\| `([a-z0-9_]+)` \| (counter|gauge|histogram) \|",
                                 PAGE.read_text(), re.MULTILINE))
        expect(shown == listed, f"not listed: {sorted(shown.items() - listed.items())}, "
               f"not shown: {sorted(listed.items() - shown.items())}")
        return f"{len(shown)} metrics"
    finally:
        server.kill()


CASES = [three_paths, off_by_default, other_modes, beside_the_limit, true_numbers,
         names_do_not_grow, over_tls, documented]
