# SPDX-License-Identifier: Apache-2.0
"""What the groups of rows share: servers that are started and stopped, rows that are measured on
one server after the other, what failed, and the time there is."""

import contextlib
import shutil
import subprocess
import time
from pathlib import Path

import work
from blobs import Blobs
from peers import available
from servers import Certificate


FAILURES = (RuntimeError, OSError, ValueError, LookupError, subprocess.SubprocessError)


class Bench:
    """`samples`: row to server to what was measured in each round. `failed`: (row, server) to why;
    such a row counts for nothing."""

    def __init__(self, given, folder, scale):
        self.given = given
        self.scale = scale
        self.folder = Path(folder)
        self.blobs = Blobs(self.folder)
        self.load = work.Load(given.load, folder, self.blobs.filler)
        self.certificate = Certificate(folder)
        self.kinds, self.missing = available()
        self.samples, self.failed, self.notes = {}, {}, []
        self.stores = {}  # of stores.py
        self.group, self.fragments = None, ()
        self.group_seconds = {}
        self.begun = self.group_begun = time.monotonic()
        self.group_ends = self.begun
        self.started = 0

    def begin(self, group, fragments, share):
        """`share` of the time that is left is for this group."""
        self.group, self.fragments = group, fragments
        self.group_begun = time.monotonic()
        left = self.begun + self.scale.total_seconds - self.group_begun
        self.group_ends = self.group_begun + max(left, 0) * share
        print(f"{group} ...", flush=True)

    def run(self, group):
        """All rows of a group; what goes wrong outside of a row ends the group, not the run."""
        self._attempt((f"{self.group}: the rest of the group", "all"), lambda: group.run(self))
        self.group_seconds[self.group] = round(time.monotonic() - self.group_begun, 1)

    def rounds(self, most=None):
        """Round numbers, until another one would take longer than the group may."""
        slowest = 0
        most = self.given.rounds or min(most or self.scale.rounds, self.scale.rounds)
        for number in range(most):
            started = time.monotonic()
            if number and started + slowest > self.group_ends:
                self.note(f"{number} rounds instead of {most}: no time left")
                return
            yield number
            slowest = max(slowest, time.monotonic() - started)

    def wanted(self, row):
        return not self.fragments or any(one in row for one in self.fragments)

    def note(self, text):
        self.notes.append(f"{self.group}: {text}")
        print(f"  {self.notes[-1]}", flush=True)

    def measure(self, row, server, measuring):
        """One sample: what `measuring()` answers. A failure ends the row for that server."""
        if not self.wanted(row):
            return
        key = (f"{self.group}: {row}", server if isinstance(server, str) else server.name)
        found = self._attempt(key, measuring)
        if key not in self.failed:
            self.samples.setdefault(key[0], {}).setdefault(key[1], []).append(found)

    def prepare(self, what, server, doing):
        """What rows need to be there; its failure is told like theirs."""
        return self._attempt((f"{self.group}: {what}", server.name), doing)

    def _attempt(self, key, measuring):
        if key in self.failed:
            return None
        try:
            return measuring()
        except FAILURES as why:
            self.failed[key] = str(why)
            self.samples.get(key[0], {}).pop(key[1], None)
            print(f"  FAILED: {key[0]}, {key[1]}: {why}", flush=True)
            return None

    def each(self, row, servers, number, measuring):
        """One sample of each, the order turning from round to round."""
        if self.wanted(row):
            turn = number % len(servers)
            for server in servers[turn:] + servers[:turn]:
                self.measure(row, server, lambda server=server: measuring(server))

    @contextlib.contextmanager
    def servers(self, kinds=None, **options):
        """Started on empty directories, which go with them."""
        self.started += 1
        folder = self.folder / f"servers{self.started}"
        running = []
        try:
            for kind in kinds or self.kinds:
                started = self.prepare("start", kind, lambda kind=kind: kind(
                    folder, certificate=self.certificate, **options))
                running += [started] if started else []
            yield running
        finally:
            for server in running:
                server.stop()
            shutil.rmtree(folder, ignore_errors=True)

    def pushing(self):
        return [kind for kind in self.kinds if kind.pushes]
