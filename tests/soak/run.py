#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Mixed load with faults for as long as one likes; see run.sh."""

import argparse
import os
import random
import re
import sys
import tempfile
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults"), str(TESTS / "oracle")]

from support.cases import finish  # noqa: E402
from support.seeded import add_seed  # noqa: E402
from support.server import Server, StartError  # noqa: E402
from catalog import check_catalog  # noqa: E402
from client import BROKEN, Client, Failure, expect  # noqa: E402
from commands import berth, check_by_command  # noqa: E402
from journal import Journal  # noqa: E402
from nuisance import Nuisance, Reader  # noqa: E402
from observe import check_repository  # noqa: E402
from samples import check_growth, Sample  # noqa: E402
from workload import Load  # noqa: E402

OPTIONS = ["--anonymous", "write", "--log-access", "false", "--audit-target", "off",
           "--gc-grace", "1s", "--gc-read-grace", "1s", "--gc-interval", "2s",
           "--scrub-interval", "1s", "--limits-header-timeout", "2s"]
CLIENTS = 4
ROUND_SECONDS = 15
# Of the time: rounds that end with the end of the server. The rest is one life.
RESTARTING = 0.2
REPORTED = re.compile(rb"Sanitizer|runtime error:")
PROBLEMS = (Failure, StartError, *BROKEN)


class Soak:
    def __init__(self, folder, given):
        self.given = given
        self.random = random.Random(given.seed)
        self.data = Path(folder) / "data"
        self.journal = None
        self.acknowledged = {}
        self.ends = {"SIGTERM": 0, "kill -9": 0}
        self.pulls = self.nuisances = self.rounds = 0
        self.samples = []
        self.server = Server(self.data, OPTIONS, seconds=60)

    def run(self):
        begin = time.monotonic()
        end = begin + self.given.minutes * 60
        while time.monotonic() < end:
            restarts = time.monotonic() < begin + (end - begin) * RESTARTING
            seconds = min(ROUND_SECONDS, self.given.minutes * 60 / 20)
            self.round(seconds, self.way_to_end() if restarts else None)
            if not restarts:
                self.collect()
                self.samples.append(Sample(self.server))
            if self.rounds % 8 == 0:
                print(f"     {(time.monotonic() - begin) / 60:.1f} min: "
                      f"{Sample(self.server).text()}", flush=True)

    def collect(self):
        """What the clients left is garbage of unequal age; none of it shall be in a sample."""
        for _ in range(2):  # what the first condemns the second removes
            berth("gc", "--data", self.data)

    def way_to_end(self):
        return "kill -9" if self.given.kills and self.random.random() < 0.5 else "SIGTERM"

    def round(self, seconds, ending):
        """Everybody works, perhaps the server ends; then nobody works and all is compared."""
        self.rounds += 1
        before, self.journal = self.journal, Journal()
        if before is not None:
            for name, entries in before.entries.items():
                self.journal.begin(name, self.shortened(entries[-1].after))
        seed = f"{self.given.seed} {self.rounds}"
        with Load(self.server, self.journal, seed, CLIENTS, True,
                  killed=ending is not None) as load:
            names = [worker.repository for worker in load.workers]
            helpers = [Nuisance(self.server, seed), Reader(self.server, names, seed)]
            for helper in helpers:
                helper.start()
            self.watch(load, helpers, seconds)
            for helper in helpers:
                helper.stopping.set()
            self.end_server(ending)
            for helper in helpers:
                helper.join()
        self.take_over(helpers, ending)
        self.compare()

    def watch(self, load, helpers, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(0.1)
            for thread in (*load.workers, *helpers):
                expect(thread.is_alive(), f"a client ended: {thread.problem!r}")

    def end_server(self, ending):
        if ending == "kill -9":
            self.server.kill()
        elif ending == "SIGTERM":
            status = self.server.stop()
            expect(status == 0, f"exit status {status} after SIGTERM")
        if ending is not None:
            self.ends[ending] += 1
            self.server = Server(self.data, OPTIONS, seconds=60)

    def take_over(self, helpers, ending):
        for helper in helpers:
            expect(helper.problem is None or ending is not None and
                   isinstance(helper.problem, BROKEN), f"a client: {helper.problem!r}")
        self.nuisances += helpers[0].done
        self.pulls += helpers[1].pulls
        for kind, count in self.journal.counts.items():
            self.acknowledged[kind] = self.acknowledged.get(kind, 0) + count

    def compare(self):
        now = self.journal.now()
        for name, possible in sorted(self.journal.possible(now, now).items()):
            with Client(self.server, name) as client:
                self.journal.begin(name, check_repository(client, possible, True))
        check_catalog(self.data)

    def shortened(self, state):
        """Without what is not promised any more, so that the oracle does not grow either."""
        short, used = state.copy(), state.used()
        short.blobs = {digest: blob for digest, blob in state.blobs.items() if digest in used}
        short.gone = set(sorted(state.gone)[:20])
        return short

    def end(self):
        status = self.server.stop(seconds=90)
        expect(status == 0, f"exit status {status} after SIGTERM")
        check_by_command(self.data)
        found = REPORTED.search(self.server.log_path.read_bytes())
        expect(found is None, f"a sanitizer reports:\n{self.server.log_tail(4000)}")

    def told(self):
        changes = ", ".join(f"{count} {kind}" for kind, count in sorted(self.acknowledged.items()))
        ends = ", ".join(f"{count} by {kind}" for kind, count in self.ends.items())
        return (f"{self.rounds} rounds, {sum(self.acknowledged.values())} changes acknowledged "
                f"({changes}), {self.pulls} pulls by tag, {self.nuisances} nuisances, ends: {ends}")


def soak(folder, given):
    current = Soak(folder, given)
    results = []
    try:
        for name, step in (
                ("nothing acknowledged is lost", lambda: (current.run(), current.told())[1]),
                ("no growth", lambda: check_growth(current.samples)),
                ("an orderly end without a report", current.end)):
            try:
                note = step() or ""
            except PROBLEMS as problem:
                print(f"FAIL {name}\n     {type(problem).__name__}: {problem}\n"
                      f"{current.server.log_tail(2000)}", flush=True)
                results.append(False)
                break
            print(f"ok   {name}  {note}", flush=True)
            results.append(True)
    finally:
        current.server.kill()
    return results


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--minutes", type=float, default=30)
    add_seed(arguments)
    arguments.add_argument("--no-kills", dest="kills", action="store_false",
                           help="end the server by SIGTERM only")
    arguments.add_argument("--folder", help="where the data directory goes (default: the temp dir)")
    given = arguments.parse_args()
    # For `berth gc`; the server has its own on its command line.
    os.environ.update(BERTH_GC_GRACE="0s", BERTH_GC_READ_GRACE="0s")
    print(f"seed {given.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="berth-soak-", dir=given.folder) as folder:
        results = soak(folder, given)
    finish(results)


if __name__ == "__main__":
    main()
