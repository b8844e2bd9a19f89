# SPDX-License-Identifier: Apache-2.0
"""Workload 5: the workloads of zot's zb, rebuilt, but with content that is unique (zb pushes one
file again and again, most of which is a hole); and zb itself."""

import work
import zb
from scale import size_name
from work import OCI_LAYER

NAME = "mixed"
TITLE = "Mixed: the workloads of zb with unique content"
CLIENTS = 10


def count_for(bench, size):
    """Large images are fewer, as far as time and disk go."""
    return max(bench.scale.zb_count * bench.scale.zb[0] // size, 2 * (CLIENTS // 5))


def run(bench):
    for number in bench.rounds(3):
        with bench.servers(bench.pushing()) as servers:
            pools = {server.name: {} for server in servers}
            catalog(bench, servers, number)
            for size in bench.scale.zb:
                pushes(bench, servers, number, size)
                pulls(bench, servers, number, size, pools)
            mixes(bench, servers, number, pools)
    zb.run(bench)


class Image:
    """One layer, in a repository of its own, as zb pushes it."""

    def __init__(self, bench, size):
        self.layer = bench.blobs.unique(size)
        self.repository = f"zb/{self.layer.own.decode()}"
        self.manifest = work.image("zb", [work.described(OCI_LAYER, self.layer.digest, size)])

    def push(self, mode):
        return [*getattr(self.layer, mode)(self.repository),
                *work.push_requests(work.CONFIG, self.repository),
                work.tag_request("latest", self.manifest, self.repository)]

    def pull(self):
        manifest = work.path("manifests/latest", self.repository)
        config = work.path("blobs/" + work.digest_of(work.CONFIG), self.repository)
        layer = work.path("blobs/" + self.layer.digest, self.repository)
        return [work.request(method, target, None, work.OCI_IMAGE)
                for target in (manifest, config, layer)
                for method in ("HEAD", "GET")]


def images(bench, sizes):
    return [Image(bench, size) for size in sizes]


def moved(found, made):
    """Operations and the bytes of their layers."""
    size = sum(one.layer.size for one in made)
    return {**found, "mb_per_second": size / 1e6 / found["seconds"],
            "cpu_s_per_gib": found["cpu_us"] * found["jobs"] / 1e6 / (size / 2**30)}


def catalog(bench, servers, number):
    def ask(server):
        made = images(bench, [1024] * bench.scale.zb_count)
        bench.load.run(server, [image.push("monolithic") for image in made], CLIENTS)
        asking = [work.request("GET", "/v2/_catalog")] * bench.scale.zb_count
        return bench.load.run(server, asking, CLIENTS)

    bench.each("Get Catalog", servers, number, ask)


def pushes(bench, servers, number, size):
    for row, mode in (("Push Monolith", "monolithic"), ("Push Chunk Streamed", "streamed")):
        row = f"{row} {size_name(size)}"
        if bench.wanted(row):
            made = images(bench, [size] * count_for(bench, size))
            bench.each(row, servers, number, lambda server: moved(bench.load.run(
                server, [image.push(mode) for image in made], CLIENTS), made))


def pulls(bench, servers, number, size, pools):
    """Each client pulls its own image, which it pushed before."""
    made = images(bench, [size] * CLIENTS)
    for server in servers:
        bench.prepare(f"images to pull, {size_name(size)}", server, lambda: bench.load.run(
            server, [image.push("monolithic") for image in made], CLIENTS))
        pools[server.name][size] = made
    asked = [made[place % CLIENTS] for place in range(count_for(bench, size))]
    bench.each(f"Pull {size_name(size)}", servers, number, lambda server: moved(bench.load.run(
        server, [image.pull() for image in asked], CLIENTS), asked))


def spread(parts, count):
    """`count` sizes, so many of ten of each; the last one makes up what is missing."""
    return [size for place in range(count) for size, least, below in parts
            if least <= place % 10 < below]


def mixes(bench, servers, number, pools):
    sizes = bench.scale.zb
    count = max(count_for(bench, sizes[-1]) * 2 // 10, 1) * 10
    parts = [(sizes[0], 0, 2), (sizes[1], 2, 9), (sizes[-1], 9, 10)]
    mixed = spread(parts, count)
    thirds = [sizes[place % len(sizes)] for place in range(count)]

    def pull(server):
        made = pools[server.name]
        asked = [made[size][place % CLIENTS] for place, size in enumerate(mixed)]
        return moved(bench.load.run(server, [one.pull() for one in asked], CLIENTS), asked)

    bench.each("Pull Mixed 20/70/10", servers, number, pull)
    for row, mode, wanted in (("Push Monolith Mixed 20/70/10", "monolithic", mixed),
                              ("Push Chunk Mixed 33/33/33", "streamed", thirds)):
        if bench.wanted(row):
            made = images(bench, wanted)
            bench.each(row, servers, number, lambda server: moved(bench.load.run(
                server, [one.push(mode) for one in made], CLIENTS), made))
    for size in sizes:
        row = f"Pull 75 % and Push 25 % {size_name(size)}"
        if bench.wanted(row):
            made = images(bench, [size] * count_for(bench, size))
            bench.each(row, servers, number, lambda server: both(bench, server, made,
                                                                 pools[server.name][size]))


def both(bench, server, made, pool):
    jobs = [one.push("monolithic") if place % 4 == 0 else pool[place % CLIENTS].pull()
            for place, one in enumerate(made)]
    return moved(bench.load.run(server, jobs, CLIENTS), made)
