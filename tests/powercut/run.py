#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cuts the power under a working server and looks at what is there afterwards; see run.sh."""

import argparse
import random
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults"), str(TESTS / "oracle")]

from support.cases import finish, run_case  # noqa: E402
from support.seeded import add_seed  # noqa: E402
from support.server import Server, StartError  # noqa: E402
from catalog import check_catalog  # noqa: E402
from client import BROKEN, Client, Failure, content_of, expect, image_of  # noqa: E402
from commands import check_by_command  # noqa: E402
from disks import Disk, Found, Host  # noqa: E402
from journal import Journal  # noqa: E402
from observe import check_repository  # noqa: E402
from workload import Alone, fill_log, Load  # noqa: E402

OPTIONS = ["--anonymous", "write", "--log-access", "false", "--audit-target", "off"]
# Everything that no manifest uses is collected while the clients work.
COLLECTING = ["--gc-grace", "1s", "--gc-read-grace", "0s", "--gc-interval", "1s"]
CUTS_PER_DISK = 10
WORKERS = 6
CHECKS_AT_ONCE = 2
BROKEN_KINDS = ("blobs", "catalog", "directory")
ANSWERS = ("push", "close", "PATCH", "manifest", "mount", "untag", "remove manifest",
           "remove blob", "lock", "remove repository")
PROBLEMS = (Failure, StartError, *BROKEN)


class Cut:
    """A clone and what may be on it."""

    def __init__(self, disk, journal):
        low = journal.now()
        self.clone = disk.cut()
        high = journal.now()
        # Asked for when the clients have ended: then every answer has been noted.
        self.times = low, high
        self.journal = journal

    def possible(self):
        return self.journal.possible(*self.times)


def random_cuts(disk, journal, load, chance, count, kinds=ANSWERS):
    """At random instants, and right after answers."""
    cuts = []
    for _ in range(count):
        if chance.random() < 0.5:
            time.sleep(chance.uniform(0.01, 0.25))
        else:
            journal.await_answer(chance.choice(kinds), 1)
        if not load.is_well():
            break
        cuts.append(Cut(disk, journal))
    return cuts


def loaded_disk(host, name, chance, count, collected):
    journal = Journal()
    options = OPTIONS + (COLLECTING if collected else [])
    with Disk(host, name) as disk:
        server = Server(disk.point / "data", options, log_path=host.folder / f"{name}.log")
        try:
            with Load(server, journal, f"{chance.random()}", WORKERS, collected) as load:
                return random_cuts(disk, journal, load, chance, count), journal
        finally:
            server.kill()


def broken_disk(host, kind, chance, count):
    """The same with a sync that does nothing. Of directories: after each closed upload of a client
    that is alone."""
    journal = Journal()
    environment = {"LD_PRELOAD": str(build_broken_sync(host.folder)), "BROKEN_SYNC": kind}
    with Disk(host, f"broken-{kind}") as disk:
        server = Server(disk.point / "data", OPTIONS, environment=environment,
                        log_path=host.folder / f"broken-{kind}.log")
        alone = kind == "directory"
        try:
            if alone:
                fill_log(server)
            with Load(server, journal, f"{chance.random()}", 1 if alone else WORKERS,
                      kind=Alone if alone else Load.WORKER) as load:
                kinds = ("close",) if alone else ("push", "close", "manifest")
                return random_cuts(disk, journal, load, chance, count, kinds), journal
        finally:
            server.kill()


def build_broken_sync(folder):
    library = folder / "broken_sync.so"
    if not library.exists():
        subprocess.run(["gcc", "-shared", "-fPIC", "-O1", "-o", str(library),
                        str(Path(__file__).parent / "broken_sync.c"), "-ldl"], check=True)
    return library


def check_cut(host, cut, collected):
    """Berth on the clone: everything acknowledged, nothing half, and it goes on."""
    with Found(host, cut.clone) as point:
        server = Server(point / "data", OPTIONS, log_path=host.folder / f"{cut.clone.stem}.log")
        try:
            for repository, possible in sorted(cut.possible().items()):
                with Client(server, repository) as client:
                    check_repository(client, possible, collected)
            check_catalog(server.data)
            goes_on(server)
            expect(server.stop() == 0, "exit status after SIGTERM")
            check_by_command(server.data)
        except PROBLEMS as problem:
            raise Failure(f"{cut.clone.stem}: {problem}\n{server.log_tail(1000)}") from None
        finally:
            server.kill()


def goes_on(server):
    with Client(server, "cut/afterwards") as client:
        blobs = [content_of(size, f"afterwards {size}") for size in (100, 50_000)]
        for blob in blobs:
            client.push_blob(blob)
            client.check_blob(blob)
        client.push_manifest("v1", image_of(*blobs[:1], blobs[1:]))
        expect(client.get_manifest("v1") is not None, "a manifest pushed afterwards")


def problems_of(host, cuts, collected):
    """What was wrong with each cut, None where nothing was."""
    def look(cut):
        try:
            check_cut(host, cut, collected)
        except PROBLEMS as problem:
            return str(problem)
        return None
    with ThreadPoolExecutor(CHECKS_AT_ONCE) as pool:
        return list(pool.map(look, cuts))


def good_disks(host, given, chance):
    """Answers how many cuts were looked at and what was wrong."""
    done, wrong, counts = 0, [], {}
    number = 0
    while done < given.cuts and not wrong:
        number += 1
        collected = number % 2 == 0
        count = min(CUTS_PER_DISK, given.cuts - done)
        cuts, journal = loaded_disk(host, f"disk{number}", chance, count, collected)
        expect(len(cuts) == count, "the clients stopped early")
        for kind, times in journal.counts.items():
            counts[kind] = counts.get(kind, 0) + times
        wrong += [one for one in problems_of(host, cuts, collected) if one]
        done += len(cuts)
        if given.cuts > 3 * CUTS_PER_DISK:
            print(f"     {done} of {given.cuts} cuts", flush=True)
    return done, wrong, counts


def cuts_are_survived(host, given, chance):
    """every acknowledged change is there after a power cut"""
    done, wrong, counts = good_disks(host, given, chance)
    expect(not wrong, "\n     ".join(wrong))
    expect(set(counts) >= set(ANSWERS) - {"remove repository"},
           f"never acknowledged: {sorted(set(ANSWERS) - set(counts))}")
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))
    return f"{done} cuts; acknowledged: {told}"


def broken_is_found(host, kind, chance):
    """a sync that does nothing is found"""
    cuts, _ = broken_disk(host, kind, chance, CUTS_PER_DISK)
    wrong = [one for one in problems_of(host, cuts, False) if one]
    expect(wrong, f"syncs of {kind} do nothing, and {len(cuts)} cuts show no loss")
    return f"{len(wrong)} of {len(cuts)} cuts show it, e.g. {wrong[0].splitlines()[0][:200]}"


def read_arguments():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cuts", type=int, default=20, help="power cuts (20; 200 is the proof)")
    arguments.add_argument("--broken", default="blobs",
                           help=f"kinds of sync to break: {','.join(BROKEN_KINDS)}, all or none")
    add_seed(arguments)
    arguments.add_argument("--folder", help="where the disks go (default: the temp dir)")
    given = arguments.parse_args()
    words = {"all": list(BROKEN_KINDS), "none": []}
    given.broken = words.get(given.broken, given.broken.split(","))
    unknown = set(given.broken) - set(BROKEN_KINDS)
    if unknown:
        sys.exit(f"run.py: no such sync: {', '.join(sorted(unknown))}")
    return given


def main():
    given = read_arguments()
    chance = random.Random(given.seed)
    print(f"seed {given.seed}", flush=True)
    results = []
    with tempfile.TemporaryDirectory(prefix="berth-powercut-", dir=given.folder) as folder:
        with Host(folder) as host:
            if given.cuts > 0:
                results.append(run_case("every acknowledged change is there after a power cut",
                                        cuts_are_survived, host, given, chance))
            for kind in given.broken:
                results.append(run_case(f"a sync of {kind} that does nothing is found",
                                        broken_is_found, host, kind, chance))
    finish(results)


if __name__ == "__main__":
    main()
