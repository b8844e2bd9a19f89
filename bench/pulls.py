# SPDX-License-Identifier: Apache-2.0
"""Large blobs pulled with curl, several at once, and what makes a pull cold."""

import os
import re
import subprocess
import time

import work

RANGES = 8
RECEIVED = re.compile(r"bytes_received:(\d+)")
EVICTIONS = 50
KEPT_BUSY = 200  # pulls in a row by a client that is only there to keep the server busy


def url(server, blob, secure=False):
    """Of a blob, with the server that will send it."""
    if server.name == "memory":
        return server, f"http://127.0.0.1:{server.port}/{blob.size}"
    scheme, (serving, port) = "http", (server, server.port)
    if secure:
        scheme, (serving, port) = "https", server.https()
    return serving, f"{scheme}://127.0.0.1:{port}{work.path('blobs/' + blob.digest)}"


def curl(*arguments, protocol="--http1.1"):
    return ["curl", "-sS", "-k", "--fail", protocol, "-o", "/dev/null", *arguments]


def pull(server, blob, at_once=1, secure=False, ranges=None, protocol="--http1.1"):
    """`at_once` clients pull all of it, or `ranges` of them a part each."""
    serving, address = url(server, blob, secure)
    parts = [()] * at_once
    if ranges:
        step = blob.size // ranges
        parts = [("-r", f"{at}-{at + step - 1}") for at in range(0, step * ranges, step)]
    before, started = serving.cpu_seconds(), time.monotonic()
    clients = [subprocess.Popen(
        curl("-w", "%{size_download}", *part, address, protocol=protocol),
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for part in parts]
    answers = [client.communicate() for client in clients]
    seconds, cpu = time.monotonic() - started, serving.cpu_seconds() - before
    received = sum(int(found) if found.isdecimal() else 0 for found, _ in answers)
    wanted = blob.size * (1 if ranges else at_once)
    if received != wanted or any(client.returncode for client in clients):
        complaints = " ".join(sorted({told.strip() for _, told in answers}))
        raise RuntimeError(f"{received} bytes instead of {wanted}: {complaints}")
    return {"mb_per_second": received / 1e6 / seconds, "seconds": seconds,
            "cpu_s_per_gib": cpu / (received / 2**30)}


class Busy:
    """Clients that pull the blob again and again, as a context. They only get the time that the
    kernel has left: what is looked at is how the server deals with them, not how the kernel shares
    the cores out between clients and a server on one machine."""

    def __init__(self, server, blob, at_once):
        self.server, self.blob, self.at_once = server, blob, at_once

    def __enter__(self):
        address = url(self.server, self.blob)[1]
        again = ["-o", "/dev/null", address] * (KEPT_BUSY - 1)
        command = ["chrt", "--idle", "0", *curl(address, *again)]
        self.clients = [subprocess.Popen(command, stdin=subprocess.DEVNULL,
                                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
                        for _ in range(self.at_once)]
        return self

    def received(self):
        """Bytes so far, of which the kernel keeps count."""
        ended = [client for client in self.clients if client.poll() is not None]
        if ended:
            raise RuntimeError(f"a pull ended: {ended[0].stderr.read()[:300]!r}")
        done = subprocess.run(["ss", "-tinpH", "state", "established", "dport", "=",
                               f":{self.server.port}"], capture_output=True, text=True, check=True)
        lines = done.stdout.splitlines()
        return sum(int(found.group(1)) for socket, facts in zip(lines[::2], lines[1::2])
                   if '"curl"' in socket and (found := RECEIVED.search(facts)))

    def __exit__(self, *_):
        for client in self.clients:
            client.terminate()
        for client in self.clients:
            client.communicate()


def resident_bytes(file):
    """How much of a file is in the page cache."""
    done = subprocess.run(["fincore", "-b", "-n", "-o", "RES", str(file)], capture_output=True,
                          text=True, check=True)
    return int(done.stdout)


def evict(server, blob, berth):
    """Takes the blob's file out of the page cache, which holds it for all who opened it."""
    source = berth if server.name == "nginx" else server
    files = source.large_files(blob.size)
    if not files:
        raise RuntimeError(f"no file of {blob.size} bytes in {source.data}")
    for file in files:
        for _ in range(EVICTIONS):
            with open(file, "rb") as opened:
                os.fdatasync(opened.fileno())
                os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            left = resident_bytes(file)
            if left <= blob.size // 100:
                break
            # Pages that the kernel still reads or sends stay; nothing tells when it is done.
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{left} bytes of {file} stay in the page cache")
