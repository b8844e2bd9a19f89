# SPDX-License-Identifier: Apache-2.0
"""Workload 3: writes of content that nobody has pushed before, whole images, manifests, and content
that is there already."""

import os

import limits
import rows_small
import seed
import work
from blobs import KIB, MIB
from scale import size_name

NAME = "pushes"
TITLE = "Writes, durable"
LAYERS = 5
AT_ONCE = 16
MANIFEST_CONNECTIONS = (1, 16, 64)


def run(bench):
    if bench.scale.many_large:
        many_large(bench)
    for number in bench.rounds():
        # Fresh directories every round: they are filled by tens of gigabytes.
        with bench.servers(bench.pushing()) as servers:
            seed.image(bench, servers)
            small(bench, servers, number)
            manifests(bench, servers, number)
            duplicates(bench, servers, number)
            images(bench, servers, number)
            middle(bench, servers, number)
            large(bench, servers, number)
            for server in servers:
                bench.measure("peak memory of all of these", server,
                              lambda server=server: {"MiB": server.memory_kib("VmHWM") / 1024})


def push(bench, server, blobs, mode, connections):
    return bench.load.run(server, [getattr(blob, mode)() for blob in blobs], connections)


def as_bytes(found, blobs):
    """What counts for large ones: the bytes of the blobs, not of the requests around them."""
    size = sum(blob.size for blob in blobs)
    return {"mb_per_second": size / 1e6 / found["seconds"], "seconds": found["seconds"],
            "cpu_s_per_gib": found["cpu_us"] * found["jobs"] / 1e6 / (size / 2**30),
            "p50_us": found["p50_us"], "p99_us": found["p99_us"]}


def blobs_row(bench, servers, number, size, mode, at_once, count):
    row = f"push {size_name(size)} blob, {mode}, {at_once} at once"
    if not bench.wanted(row):
        return
    blobs = [bench.blobs.unique(size) for _ in range(count)]

    def measuring(server):
        if size * count > 64 * MIB:
            os.sync()  # what the server before left to be written is not this one's to wait for
        found = push(bench, server, blobs, mode, at_once)
        return as_bytes(found, blobs) if size > MIB else found

    bench.each(row, servers, number, measuring)


def small(bench, servers, number):
    count = bench.scale.count
    for size in (KIB, MIB):
        for mode in ("monolithic", "streamed"):
            blobs_row(bench, servers, number, size, mode, 1, count // 10)
            blobs_row(bench, servers, number, size, mode, AT_ONCE,
                      count if size == KIB else count // 4)
    bench.measure(f"push 1 KiB blob, monolithic, {AT_ONCE} at once",
                  "limit: write + fdatasync, one at a time",
                  lambda: limits.durable_small_writes(bench.folder, count, KIB))


def middle(bench, servers, number):
    size = bench.scale.middle
    for mode in ("monolithic", "chunked", "streamed"):
        blobs_row(bench, servers, number, size, mode, 1, 2)
        blobs_row(bench, servers, number, size, mode, AT_ONCE, AT_ONCE)


def large(bench, servers, number):
    size = bench.scale.large
    for mode in ("monolithic", "chunked", "streamed"):
        row = f"push {size_name(size)} blob, {mode}, 1 at once"
        if mode == "monolithic" and bench.wanted(row):
            bench.measure(row, "limit: sha256", lambda: limits.sha256(bench.blobs, size))
            os.sync()
            bench.measure(row, "limit: write + fdatasync",
                          lambda: limits.durable_write(bench.blobs, size, bench.folder))
        blobs_row(bench, servers, number, size, mode, 1, 1)


def many_large(bench):
    """Once, each server alone, because of the room they take."""
    size = bench.scale.large
    for kind in bench.pushing():
        with bench.servers([kind]) as servers:
            blobs_row(bench, servers, 0, size, "monolithic", AT_ONCE, AT_ONCE)


def manifests(bench, servers, number):
    for connections in MANIFEST_CONNECTIONS:
        count = bench.scale.count // (10 if connections == 1 else 1)
        puts = [work.tag_request(f"t{number}-{connections}-{one}",
                                 work.image(f"{number} {connections} {one}"))
                for one in range(count)]
        bench.each(f"PUT manifest, {rows_small.at(connections)}", servers, number,
                   lambda server: bench.load.run(server, puts, connections))


def duplicates(bench, servers, number):
    for size in (KIB, MIB):
        blob = bench.blobs.unique(size)
        count = bench.scale.count // (1 if size == KIB else 4)

        def again(server):
            push(bench, server, [blob], "monolithic", 1)
            return push(bench, server, [blob] * count, "monolithic", AT_ONCE)

        bench.each(f"push {size_name(size)} blob that is there, {AT_ONCE} at once", servers, number,
                   again)


def images(bench, servers, number):
    for at_once in (1, 10):
        row = f"push image of {LAYERS} x {size_name(bench.scale.layer)}, {at_once} at once"
        if not bench.wanted(row):
            continue
        # The same images for every server.
        pushed = [[bench.blobs.unique(bench.scale.layer) for _ in range(LAYERS)]
                  for _ in range(at_once)]
        bench.each(row, servers, number, lambda server: push_images(bench, server, pushed, number))


def push_images(bench, server, pushed, number):
    """As docker does it: every layer is asked for and streamed, five of an image at once, then the
    config, then the manifest."""
    layers = [layer for image in pushed for layer in image]
    parts = [bench.load.run(server, [layer.as_docker() for layer in layers],
                            LAYERS * len(pushed)),
             bench.load.run(server, work.push_requests(work.CONFIG) * len(pushed), len(pushed),
                            steps=2)]
    tagging = []
    for place, image in enumerate(pushed):
        descriptors = [work.described(work.OCI_LAYER, layer.digest, layer.size) for layer in image]
        tag = f"image{number}-{len(pushed)}-{place}"
        ask = work.Request(work.request("HEAD", work.path(f"manifests/{tag}"), None,
                                        work.OCI_IMAGE), status=404)
        tagging.append([ask, work.tag_request(tag, work.image(tag, descriptors))])
    parts.append(bench.load.run(server, tagging, len(pushed)))
    seconds = sum(part["seconds"] for part in parts)
    size = sum(layer.size for layer in layers)
    cpu = sum(part["cpu_us"] * part["jobs"] for part in parts) / 1e6
    return {"mb_per_second": size / 1e6 / seconds, "seconds": seconds,
            "cpu_s_per_gib": cpu / (size / 2**30)}
