# SPDX-License-Identifier: Apache-2.0
"""Workload 4: pages of lists in small and in very large stores, referrers, and (of workload 7) what
everything else costs as the store grows a thousandfold."""

from urllib.parse import quote

import stores
import work
from metadata_store import MANY, manifest_bytes
from scale import count_name
from servers import REPOSITORY

NAME = "lists"
TITLE = "Lists, one connection, n=100, and growth of the store"
PAGE = 100
FRESH = 1_000_000_000  # numbers of manifests that no store holds


def pages(path, items):
    """The first page, the one in the middle and the last full one."""
    def after(place):
        return f"{path}?n={PAGE}&last={quote(items[place - 1], safe='')}"

    return {"first": f"{path}?n={PAGE}", "middle": after(len(items) // 2),
            "last": after(len(items) - PAGE)}


def run(bench):
    referrers(bench)
    with stores.tag_stores(bench) as berths:
        with stores.peer_stores(bench) as peers:
            for server in [*berths.values(), *peers]:
                bench.prepare("first page", server,
                              lambda server=server: get(bench, server, f"/v2/{MANY}/tags/list"))
            for number in bench.rounds():
                tags(bench, berths, peers, number)
                catalogs(bench, berths, peers, number)
                growth(bench, berths, peers, number)


def get(bench, server, target):
    return bench.load.run(server, [work.request("GET", target)], 1, bench.scale.seconds / 2)


def tags(bench, berths, peers, number):
    for count, berth in berths.items():
        listed = [server for server in peers if server.plan.tags == count]
        names = [berth.plan.tag(place) for place in range(count)]
        for page, target in pages(f"/v2/{MANY}/tags/list", names).items():
            row = f"tags/list, {page} page at {count_name(count)} tags"
            bench.each(row, [berth, *listed], number,
                       lambda server: get(bench, server, target))


def catalogs(bench, berths, peers, number):
    smallest = min(berths)
    largest = max(berths)
    for count, servers in ((smallest, [berths[smallest],
                                       *(one for one in peers if one.plan.tags == smallest)]),
                           (largest, [berths[largest]])):
        names = servers[0].plan.repositories
        for page, target in pages("/v2/_catalog", names).items():
            bench.each(f"_catalog, {page} page at {count_name(round_count(names))} repositories",
                       servers, number, lambda server: get(bench, server, target))


def round_count(names):
    return round(len(names), -2)


def growth(bench, berths, peers, number):
    """The same request at the smallest and the largest store, its objects spread over it. Peers
    only read: two of them share their files."""
    for count in (min(berths), max(berths)):
        berth = berths[count]
        spread = [berth.plan.tag(place * (count // 200)) for place in range(200)]
        new = [f"{tag}-{number}" for tag in spread]
        rows = {
            "GET manifest by tag": [work.request("GET", work.path(f"manifests/{tag}", MANY), None,
                                                 work.OCI_IMAGE) for tag in spread],
            "PUT manifest with a tag": [
                work.tag_request(tag, manifest_bytes(FRESH + number * 1000 + place), MANY)
                for place, tag in enumerate(new)],
            "push 1 KiB blob": [one for place in range(200) for one in work.push_requests(
                work.SMALL[:1000] + b"%012d%012d" % (number, place), MANY)],
        }
        for row, requests in rows.items():
            reads = row.startswith("GET")
            listed = [one for one in peers if one.plan.tags == count] if reads else []
            bench.each(f"{row} at {count_name(count)} tags, 1 connection", [berth, *listed], number,
                       lambda server: bench.load.run(
                           server, requests, 1, bench.scale.seconds / 2 if reads else 0,
                           2 if row.startswith("push") else 1))


def referrers(bench):
    """Many manifests with one subject. docker-registry and distribution have no referrers; zot
    rewrites its index with every push, so that so many would take it an hour."""
    count = bench.scale.referrers
    row = f"referrers of a subject with {count_name(count)}"
    if not bench.wanted(row):
        return
    with bench.servers(bench.kinds[:1]) as servers:
        berth = servers[0]
        subject = work.image("subject")
        described = work.descriptor(work.OCI_IMAGE, subject)
        stores.push_image(bench, berth, "subject", subject)
        kinds = ("application/vnd.example.sbom", "application/vnd.example.signature")
        referring, digests = [], []
        for place in range(count):
            manifest = work.image(f"referrer {place}", subject=described,
                                  artifactType=kinds[place % 1000 == 0])
            digests.append(work.digest_of(manifest))
            referring.append(work.tag_request(digests[-1], manifest))
        bench.measure(f"PUT manifest with a subject that has up to {count_name(count)}", berth,
                      lambda: bench.load.run(berth, referring, 16))
        listed = f"/v2/{REPOSITORY}/referrers/{described['digest']}"
        targets = {f"{page} page": target
                   for page, target in pages(listed, sorted(digests)).items()}
        targets["by a rare artifactType"] = f"{listed}?artifactType={quote(kinds[1], safe='')}"
        for number in bench.rounds():
            for page, target in targets.items():
                bench.each(f"{row}, {page}", [berth], number,
                           lambda server: get(bench, server, target))
