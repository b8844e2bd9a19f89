# SPDX-License-Identifier: Apache-2.0
"""Workload 1: small reads over kept-alive connections, anonymous and with a bearer token."""

import seed
import tokens
import work

NAME = "small"
TITLE = "Small reads, http, keep-alive"
CONNECTIONS = (1, 32, 512)
BEARER_ROUNDS = 3


def reads(manifest):
    """Row to request."""
    blob = work.path("blobs/" + work.digest_of(work.SMALL))
    absent = work.path("blobs/" + work.digest_of(b"absent"))
    by_tag, by_digest = (work.path("manifests/" + reference)
                         for reference in ("latest", work.digest_of(manifest)))
    return {
        "GET manifest by tag": work.request("GET", by_tag, None, work.OCI_IMAGE),
        "GET manifest by digest": work.request("GET", by_digest, None, work.OCI_IMAGE),
        "HEAD manifest": work.request("HEAD", by_tag, None, work.OCI_IMAGE),
        "HEAD blob": work.request("HEAD", blob),
        "HEAD blob, absent": work.Request(work.request("HEAD", absent), status=404),
        "GET 1 KiB blob": work.request("GET", blob),
    }


def greeting(server):
    """Berth asks everybody for a token here, as ACR does, even where anonymous callers may push."""
    return work.Request(work.request("GET", "/v2/"), status=401 if server.name == "berth" else 200)


def at(connections):
    return f"{connections} connection" + ("s" if connections > 1 else "")


def run(bench):
    bearer(bench)
    with bench.servers() as servers:
        manifest = seed.image(bench, servers)
        requests = {**reads(manifest), "GET /v2/": None}
        for server in servers:
            warm(bench, server, [one for one in requests.values() if one])
        for number in bench.rounds():
            for row, request in requests.items():
                for connections in CONNECTIONS:
                    bench.each(f"{row}, {at(connections)}", servers, number,
                               lambda server: bench.load.run(
                                   server, [request or greeting(server)], connections,
                                   bench.scale.seconds))


def warm(bench, server, requests):
    """What a server does once, and what a process has to allocate at first, is no one's row."""
    bench.prepare("first requests", server,
                  lambda: bench.load.run(server, requests, 32, bench.scale.seconds))


def bearer(bench):
    """The same with a token, beside the same without, on servers that check tokens."""
    with tokens.servers(bench) as signed:
        servers = [server for server, _ in signed]
        authorization = {server.name: token for server, token in signed}
        for server in servers:
            token = authorization[server.name]
            warm(bench, server, [work.request("GET", target, None, work.OCI_IMAGE, token)
                                 for target in tokens.ROWS.values()])
        for number in bench.rounds(BEARER_ROUNDS):
            for connections in CONNECTIONS:
                for row, target in tokens.ROWS.items():
                    def read(server, with_token):
                        token = authorization[server.name] if with_token else None
                        request = work.request("GET", target, None, work.OCI_IMAGE, token)
                        return bench.load.run(server, [request], connections, bench.scale.seconds)

                    name = f"{row}, {at(connections)}"
                    bench.each(f"{name}, with a token", servers, number,
                               lambda server: read(server, True))
                    bench.each(f"{name}, beside it without", servers[:1], number,
                               lambda server: read(server, False))
