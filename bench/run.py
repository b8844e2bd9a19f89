# SPDX-License-Identifier: Apache-2.0
"""The rounds: every round starts all servers on fresh directories and measures row by row, each row
on one server after the other, the order turning from round to round."""

import argparse
import os
import tempfile
from pathlib import Path

import report
import work
from servers import KINDS, binary_path

SMALL_CONNECTIONS = 32
PUSH_CONNECTIONS = 16
PULLS = 5


class Round:
    def __init__(self, given, folder, number, samples):
        self.folder = Path(folder)
        self.number = number
        self.samples = samples
        self.seconds = given.seconds
        self.size = given.large_bytes
        self.pushes = given.pushes
        self.load = work.Load(given.load, folder)
        self.servers = []

    def note(self, row, server, measured):
        self.samples.setdefault(row, {}).setdefault(server, []).append(measured)

    def in_turn(self):
        turn = self.number % len(self.servers)
        return self.servers[turn:] + self.servers[:turn]

    def run(self):
        try:
            self.start()
            self.seed()
            self.small()
            self.large()
            self.many()
            for server in self.servers:
                self.note("peak memory", server.name, {"MiB": server.memory_kib("VmHWM") / 1024})
        finally:
            for server in self.servers:
                server.stop()

    def start(self):
        kinds = KINDS[self.number % len(KINDS):] + KINDS[:self.number % len(KINDS)]
        for kind in kinds:
            self.servers.append(kind(self.folder))
        for server in self.servers:
            self.note("start to first answer", server.name, {"ms": server.start_seconds * 1000})
            self.note("idle memory", server.name, {"MiB": server.memory_kib("VmRSS") / 1024})

    def seed(self):
        self.manifest = work.image("latest")
        setup = [request for content in (work.CONFIG, work.SMALL)
                 for request in work.push_requests(content)]
        tagging = [work.request("PUT", work.path("manifests/latest"), self.manifest,
                                work.OCI_IMAGE)]
        for server in self.servers:
            if server.pushes:
                self.load.run(server, setup, 1, steps=2)
                self.load.run(server, tagging, 1)
            else:
                self.place(server, "manifests", "latest", self.manifest)
                self.place(server, "blobs", work.digest_of(work.SMALL), work.SMALL)

    def place(self, server, kind, name, content):
        source = self.folder / f"static-{kind}"
        source.write_bytes(content)
        server.place(kind, name, source)

    def small(self):
        blob = work.path("blobs/" + work.digest_of(work.SMALL))
        rows = [("GET manifest by tag", "GET", work.path("manifests/latest"), work.OCI_IMAGE),
                ("HEAD blob", "HEAD", blob, None),
                ("GET 1 KiB blob", "GET", blob, None)]
        for row, method, target, accept in rows:
            for server in self.in_turn():
                self.note(row, server.name, self.load.run(
                    server, [work.request(method, target, None, accept)], SMALL_CONNECTIONS,
                    self.seconds, method=method))

    def large(self):
        source = self.folder / "large"
        tag = f"{os.getpid()} {self.number}"
        digest, hashing, writing = work.write_unique(source, self.size, tag)
        self.note("limits", "machine", {"sha256_mb_per_second": self.size / 1e6 / hashing,
                                        "durable_mb_per_second": self.size / 1e6 / writing})
        for server in self.in_turn():
            if server.pushes:
                self.note("push large blob", server.name,
                          work.push_large(server, source, digest, self.size))
        # nginx sends Berth's own file: how the page cache came to hold the bytes (in large or small
        # folios) is worth 15 %, and is not what is compared.
        stored = next(server.stored(digest) for server in self.servers if server.name == "berth")
        for server in self.servers:
            if not server.pushes:
                server.place("blobs", digest, stored)
        # One pull is over in a moment: several, so that a disturbed one does not decide.
        for _ in range(PULLS):
            for server in self.in_turn():
                self.note("GET large blob", server.name,
                          work.pull_large(server, digest, self.size))

    def many(self):
        blobs, manifests = [], []
        for number in range(self.pushes):
            content = work.SMALL[:1000] + f"{self.number:08d}{number:016d}".encode()
            blobs += work.push_requests(content)
            manifests.append(work.request("PUT", work.path(f"manifests/t{number}"),
                                          work.image(f"{self.number} {number}"), work.OCI_IMAGE))
        rows = [("push 1 KiB blobs", blobs, 2), ("push manifests", manifests, 1)]
        for row, requests, steps in rows:
            for server in self.in_turn():
                if server.pushes:
                    self.note(row, server.name, self.load.run(
                        server, requests, PUSH_CONNECTIONS, steps=steps))


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--load", required=True, help="the compiled load program")
    arguments.add_argument("--quick", action="store_true", help="one short round, small sizes")
    arguments.add_argument("--rounds", type=int)
    given = arguments.parse_args()
    given.rounds = given.rounds or (1 if given.quick else 5)
    given.seconds = 1 if given.quick else 3
    given.large_bytes = (256 if given.quick else 1024) << 20
    given.pushes = 200 if given.quick else 1000
    samples = {}
    facts = report.machine_facts(tempfile.gettempdir(), binary_path())
    for number in range(given.rounds):
        print(f"round {number + 1} of {given.rounds}", flush=True)
        with tempfile.TemporaryDirectory(prefix="berth-bench-") as folder:
            Round(given, folder, number, samples).run()
    text, stem, met = report.write(samples, facts, given.rounds, given.large_bytes)
    print(text)
    print(f"kept as {stem}.md and .json; bars {'met' if met else 'MISSED'}")


if __name__ == "__main__":
    main()
