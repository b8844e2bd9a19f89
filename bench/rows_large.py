# SPDX-License-Identifier: Apache-2.0
"""Workload 2: large reads from the page cache and from the disk, in ranges, http and https, and
what they do to small reads."""

import signal
import time

import pulls
import seed
import work
from blobs import FILLER_BYTES
from peers import Memory
from scale import size_name

NAME = "large"
TITLE = "Large reads"
# Of the reader whose waits are measured: it begins so many requests in a second, whatever becomes
# of those before, and each wait counts from when it was due. So the machine is free for the pulls,
# and a server that stands still for a moment is not spared the requests of that moment.
READERS = 16
RATE = 1000
PACED_SECONDS = 1.0
READ = f"GET manifest by tag, {RATE} a second"
COLD_PULLS = 3
# Pulls at once, and samples in a round: one pull is over in a moment, and easily disturbed.
SAMPLES = ((1, 5), (8, 1))


def run(bench):
    with bench.servers() as servers:
        seed.image(bench, servers)
        blob = seed.large(bench, servers)
        memory = Memory(servers[0].folder.parent, bench.blobs.content[:FILLER_BYTES])
        try:
            for server in servers:
                server.restart(threads=1)
            for number in bench.rounds():
                beside_cold_pull(bench, servers, blob, number)
            for server in servers:
                server.restart()
            for number in bench.rounds():
                cached(bench, servers, memory, blob, number)
                beside_pulls(bench, servers, blob, number)
                cold(bench, servers, blob, number)
        finally:
            memory.stop()


def cached(bench, servers, memory, blob, number):
    name = size_name(blob.size)
    for server in servers:
        pulls.pull(server, blob)  # what was cold is warm again
    for at_once, samples in SAMPLES:
        for sample in range(samples):
            bench.each(f"pull {name}, http, cached, {at_once} at once", [*servers, memory],
                       number + sample, lambda server: pulls.pull(server, blob, at_once))
    bench.each(f"pull {name}, http, cached, 8 ranges in parallel", servers, number,
               lambda server: pulls.pull(server, blob, ranges=pulls.RANGES))
    for at_once, samples in SAMPLES:
        for sample in range(samples):
            bench.each(f"pull {name}, https, cached, {at_once} at once", servers, number + sample,
                       lambda server: pulls.pull(server, blob, at_once, secure=True))


def small_reads(bench, server, during):
    """Manifest GETs over a few connections for as long as `during()` takes."""
    bench.load.write([work.request("GET", work.path("manifests/latest"), None, work.OCI_IMAGE)])
    before = server.cpu_seconds()
    process = bench.load.start(server, READERS, f"3600@{RATE}")
    try:
        during()
    finally:
        process.send_signal(signal.SIGTERM)
        found = bench.load.outcome(server, process)
    measured = work.measured(found, server.cpu_seconds() - before)
    del measured["cpu_us"]  # of the large pulls, mostly
    return measured


def wait(seconds):
    signal.sigtimedwait([], seconds)


def beside_pulls(bench, servers, blob, number):
    def alone(server):
        return small_reads(bench, server, lambda: wait(PACED_SECONDS))

    def beside(server):
        with pulls.Busy(server, blob, 8) as busy:
            wait(0.2)
            before, started = busy.received(), time.monotonic()
            found = small_reads(bench, server, lambda: wait(PACED_SECONDS))
            pulled, seconds = busy.received() - before, time.monotonic() - started
        return {**found, "beside_mb_per_second": pulled / 1e6 / seconds}

    bench.each(f"{READ}, alone", servers, number, alone)
    bench.each(f"{READ}, beside 8 pulls of {size_name(blob.size)}", servers, number, beside)


def cold(bench, servers, blob, number):
    def pull(server, at_once):
        pulls.evict(server, blob, servers[0])
        return pulls.pull(server, blob, at_once)

    for at_once in (1, 8):
        bench.each(f"pull {size_name(blob.size)}, http, cold, {at_once} at once", servers, number,
                   lambda server: pull(server, at_once))


def beside_cold_pull(bench, servers, blob, number):
    """All servers have one thread for requests here."""
    def pull_cold(server):
        for _ in range(COLD_PULLS):
            pulls.evict(server, blob, servers[0])
            pulls.pull(server, blob)

    row = f"{READ}, one thread"
    bench.each(f"{row}, alone", servers, number,
               lambda server: small_reads(bench, server, lambda: wait(PACED_SECONDS)))
    bench.each(f"{row}, beside a cold pull of {size_name(blob.size)}", servers, number,
               lambda server: small_reads(bench, server, lambda: pull_cold(server)))
