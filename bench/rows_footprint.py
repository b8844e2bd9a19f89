# SPDX-License-Identifier: Apache-2.0
"""Workload 6: time to start, memory idle, with idle connections and after large pushes, size of the
binary."""

import os
import shutil
import socket
import time

import seed
import stores
from peers import BUILT
from scale import count_name, size_name
from servers import binary_path

NAME = "footprint"
TITLE = "Start, memory, size"
STARTS = 7
SETTLE_SECONDS = 2


def run(bench):
    binary_sizes(bench)
    starts(bench)
    idle(bench)
    after_pushes(bench)


def binary_sizes(bench):
    programs = {"berth": binary_path(), "docker-registry": shutil.which("docker-registry"),
                "nginx": shutil.which("nginx")}
    programs.update({name: BUILT / name for name in ("distribution", "zot")})
    for name, program in programs.items():
        if program and os.path.exists(program):
            bench.measure("size of the program", name,
                          lambda program=program: {"MiB": os.path.getsize(program) / 2**20})


def restarted(server):
    server.restart()
    return {"ms": server.start_seconds * 1000}


def starts(bench):
    """Without TLS, as everything here: the least configuration."""
    folder = bench.folder / "starts"
    servers = []
    try:
        for kind in bench.kinds:
            servers.append(kind(folder))
            servers[-1].stop()
        for number in range(STARTS):
            def empty(server):
                shutil.rmtree(server.data, ignore_errors=True)
                try:
                    return restarted(server)
                finally:
                    server.stop()

            bench.each("start on an empty store", servers, number, empty)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    count = max(bench.scale.tags)
    row = f"start with {count_name(count)} tags"
    if bench.wanted(row):
        with stores.tag_stores(bench, [count]) as berths:
            for number in range(STARTS):
                bench.each(row, [berths[count]], number, restarted)


def idle(bench):
    folder = bench.folder / "idle"
    for kind in bench.kinds:
        server = kind(folder)
        try:
            # Berth answers before it has hashed its first password, which takes 19 MiB.
            time.sleep(SETTLE_SECONDS)
            bench.measure("memory, idle", server, lambda: resident(server))
            for count in bench.scale.connections:
                bench.measure(f"memory, {count:,} idle connections", server,
                              lambda count=count: with_connections(server, count))
        finally:
            server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def resident(server):
    return {"MiB": server.memory_kib("VmRSS") / 1024}


def with_connections(server, count):
    """Each has asked for something and keeps its connection."""
    links = []
    try:
        for _ in range(count):
            link = socket.create_connection(("127.0.0.1", server.port), 30)
            links.append(link)
            link.sendall(b"GET /v2/ HTTP/1.1\r\nHost: bench\r\n\r\n")
            # Berth asks everybody for a token here; that is an answer.
            if link.recv(4096)[9:12] not in (b"200", b"401"):
                raise RuntimeError("a connection was not answered")
        for link in links:
            link.setblocking(False)
            try:
                if link.recv(1) == b"":
                    raise RuntimeError("the server closed an idle connection")
            except BlockingIOError:
                continue
        return resident(server)
    finally:
        for link in links:
            link.close()


def after_pushes(bench):
    """One push of the large size, then one of the huge size: memory at its peak during each."""
    sizes = (bench.scale.large, bench.scale.huge)
    if not any(bench.wanted(f"memory, peak while {size_name(size)} is pushed") for size in sizes):
        return
    for kind in bench.pushing():
        with bench.servers([kind]) as servers:
            server = servers[0]
            seed.image(bench, servers)
            for size in sizes:
                blob = bench.blobs.unique(size)
                os.sync()

                def push():
                    server.forget_peak()
                    bench.load.run(server, [blob.monolithic()], 1)
                    return {"MiB": server.memory_kib("VmHWM") / 1024}

                bench.measure(f"memory, peak while {size_name(size)} is pushed", server, push)
            bench.measure(f"memory, after {size_name(sizes[1])} was pushed", server,
                          lambda: resident(server))
