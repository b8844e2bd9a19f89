# SPDX-License-Identifier: Apache-2.0
"""Workload 7: one and two threads for requests. What the growth of the store costs is among the
lists, whose stores it needs."""

import pulls
import rows_small
import seed
import work
from scale import size_name

NAME = "scaling"
TITLE = "One and two threads for requests"
CONNECTIONS = 32


def run(bench):
    with bench.servers() as servers:
        manifest = seed.image(bench, servers)
        blob = seed.large(bench, servers)
        reads = rows_small.reads(manifest)
        for number in bench.rounds(3):
            for threads in (1, 2):
                for server in servers:
                    server.restart(threads=threads)
                told = f"{threads} thread{'s' if threads > 1 else ''}"
                for row in ("GET manifest by tag", "HEAD blob"):
                    bench.each(f"{row}, {CONNECTIONS} connections, {told}", servers, number,
                               lambda server: bench.load.run(server, [reads[row]], CONNECTIONS,
                                                             bench.scale.seconds))
                bench.each(f"pull {size_name(blob.size)}, 8 at once, {told}", servers, number,
                           lambda server: pulls.pull(server, blob, 8))
                pushing = [server for server in servers if server.pushes]
                contents = [work.SMALL[:1000] + b"%012d%012d" % (number * 10 + threads, place)
                            for place in range(bench.scale.count)]
                requests = [one for content in contents for one in work.push_requests(content)]
                bench.each(f"push 1 KiB blob, 16 at once, {told}", pushing, number,
                           lambda server: bench.load.run(server, requests, 16, steps=2))
