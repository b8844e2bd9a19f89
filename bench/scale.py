# SPDX-License-Identifier: Apache-2.0
"""How much is done: everything that differs between `--quick` and the whole run."""

from dataclasses import dataclass

from blobs import GIB, KIB, MIB


@dataclass(frozen=True)
class Scale:
    total_seconds: int      # the run leaves rounds out rather than take longer
    rounds: int             # most rounds of a group
    seconds: float          # one sample of a small row
    large: int              # "1 GiB": the blob that is pulled, and the largest one pushed often
    middle: int             # "100 MiB"
    huge: int               # one push, for what memory does
    many_large: bool        # 16 of the large ones at once
    count: int              # how many small things are pushed at 16 connections and more
    layer: int              # of an image
    tags: tuple             # tags of the stores
    peer_tags: tuple        # of the stores that peers get, too
    repositories: int
    referrers: int
    connections: tuple      # idle ones
    http2: tuple            # connections, streams at once on each
    zb: tuple               # sizes of the mixed workloads
    zb_count: int           # images of the smallest size
    zb_clients: int         # of zb itself
    zb_requests: int


QUICK = Scale(
    total_seconds=280, rounds=1, seconds=0.25, large=256 * MIB, middle=16 * MIB, huge=GIB,
    many_large=False, count=200, layer=MIB, tags=(1_000, 10_000, 100_000), peer_tags=(1_000,),
    repositories=10_000, referrers=1_000, connections=(1_000, 10_000),
    http2=((1, 32), (32, 8)), zb=(MIB, 10 * MIB),
    zb_count=20, zb_clients=2, zb_requests=4)
WHOLE = Scale(
    total_seconds=3450, rounds=5, seconds=0.7, large=GIB, middle=100 * MIB, huge=10 * GIB,
    many_large=True, count=1000, layer=8 * MIB, tags=(1_000, 10_000, 100_000, 1_000_000),
    peer_tags=(1_000, 10_000), repositories=100_000, referrers=10_000, connections=(1_000, 10_000),
    http2=((1, 32), (32, 1), (32, 8)),
    zb=(MIB, 10 * MIB, 100 * MIB), zb_count=100, zb_clients=5, zb_requests=20)


def size_name(size):
    for unit, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size >= unit:
            return f"{size // unit} {name}"
    return f"{size} B"


def count_name(count):
    for unit, name in ((1_000_000, "M"), (1_000, "k")):
        if count >= unit and count % unit == 0:
            return f"{count // unit} {name}"
    return str(count)
