# SPDX-License-Identifier: Apache-2.0
"""Small and large reads over TLS: HTTP/2 with h2load and curl where the server offers it, and
HTTP/1.1 with the same client beside it."""

import re
import socket
import ssl
import subprocess

import pulls
import seed
import work
from scale import size_name

NAME = "http2"
TITLE = "HTTP/2 and HTTP/1.1 over TLS"
TIMEOUT = 30


def run(bench):
    with bench.servers() as servers:
        seed.image(bench, servers)
        blob = seed.large(bench, servers)
        offering = [server for server in servers if offers_h2(server)]
        for server in servers:
            if server not in offering:
                bench.note(f"{server.name} does not offer h2")
        targets = {"GET manifest by tag": ("GET", work.path("manifests/latest")),
                   "HEAD blob": ("HEAD", work.path("blobs/" + work.digest_of(work.SMALL))),
                   "GET 1 KiB blob": ("GET", work.path("blobs/" + work.digest_of(work.SMALL)))}
        for number in bench.rounds(3):
            for row, (method, target) in targets.items():
                for connections, streams in bench.scale.http2:
                    bench.each(f"{row}, h2, {connections} x {streams}", offering, number,
                               lambda server: small(bench, server, method, target, connections,
                                                    streams))
                if method == "GET":  # over HTTP/1.1 h2load waits for the body of a HEAD
                    bench.each(f"{row}, HTTP/1.1 over TLS, 32 connections", servers, number,
                               lambda server: small(bench, server, method, target, 32, None))
            for at_once in (1, 8):
                bench.each(f"pull {size_name(blob.size)}, h2, {at_once} at once", offering, number,
                           lambda server: pulls.pull(server, blob, at_once, secure=True,
                                                     protocol="--http2"))


def offers_h2(server):
    context = ssl._create_unverified_context()
    context.set_alpn_protocols(["h2", "http/1.1"])
    with socket.create_connection(("127.0.0.1", server.https()[1]), 10) as link:
        with context.wrap_socket(link) as secure:
            return secure.selected_alpn_protocol() == "h2"


def small(bench, server, method, target, connections, streams):
    """h2load for about as long as a sample takes; without `streams` over HTTP/1.1. It is given a
    number of requests: told a time, it may wait for ever for a connection that was slow to open."""
    at_least = max(200, 2 * connections * (streams or 1))
    probe = h2load(bench, server, method, target, connections, streams, at_least)
    count = max(at_least, int(probe["per_second"] * bench.scale.seconds))
    return h2load(bench, server, method, target, connections, streams, count)


def h2load(bench, server, method, target, connections, streams, count):
    serving, port = server.https()
    log = bench.folder / "h2load.log"
    log.unlink(missing_ok=True)
    how = ["--h1"] if streams is None else ["-m", str(streams)]
    before = serving.cpu_seconds()
    done = subprocess.run(
        ["h2load", "-c", str(connections), "-t", "1", "-n", str(count), *how,
         "-H", f":method: {method}", "-H", f"Accept: {work.OCI_IMAGE}", "--log-file", str(log),
         f"https://127.0.0.1:{port}{target}"],
        capture_output=True, text=True, check=False, timeout=TIMEOUT)
    cpu = serving.cpu_seconds() - before
    rate = re.search(r"finished in \S+, ([\d.]+) req/s", done.stdout)
    statuses = re.search(r"status codes: (\d+) 2xx", done.stdout)
    if done.returncode != 0 or not rate or not statuses or int(statuses.group(1)) != count:
        raise RuntimeError(f"h2load: {(done.stdout + done.stderr)[-500:]}")
    waits = sorted(int(line.split()[2]) for line in log.read_text().splitlines())
    return {"per_second": float(rate.group(1)), "cpu_us": cpu * 1e6 / count,
            "p50_us": waits[len(waits) // 2], "p99_us": waits[int(len(waits) * 0.99)]}
