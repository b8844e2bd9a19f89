#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the fault tests; run.sh says which parts there are."""

import argparse
import importlib
import os
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "oracle")]

from support.server import StartError  # noqa: E402
from client import Failure  # noqa: E402

PARTS = ["kill", "kill_work", "disk_full", "sync_error", "call_error", "slow", "shutdown", "memory"]


class Context:
    """What a case gets: a directory of its own, a seeded random, the options."""

    def __init__(self, folder, seed, rounds):
        self.folder = Path(folder)
        self.random = random.Random(seed)
        self.seed = seed
        self.rounds = rounds


def run_case(part, case, given):
    name = f"{part}: {case.__doc__.splitlines()[0]}"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="berth-faults-", dir=given.folder) as folder:
        try:
            note = case(Context(folder, given.seed, given.rounds)) or ""
        except (Failure, StartError, OSError) as problem:
            print(f"FAIL {name}\n     {type(problem).__name__}: {problem}", flush=True)
            if not isinstance(problem, Failure):
                print("     " + traceback.format_exc().replace("\n", "\n     "), flush=True)
            print(f"     seed {given.seed}", flush=True)
            return False
    print(f"ok   {name}  [{time.monotonic() - started:.1f} s] {note}", flush=True)
    return True


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seed", type=int,
                           default=os.environ.get("BERTH_TEST_SEED", time.time_ns() % 1_000_000))
    arguments.add_argument("--rounds", type=int, default=70,
                           help="kills of kill and kill_work together (500 is the proof)")
    arguments.add_argument("--folder", help="where the data directories go (default: the temp dir)")
    arguments.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    given = arguments.parse_args()
    given.seed = int(given.seed)
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        sys.exit(f"run.py: no such part: {', '.join(sorted(unknown))}")
    print(f"seed {given.seed}", flush=True)
    passed = failed = 0
    for part in given.parts or PARTS:
        for case in importlib.import_module(part).CASES:
            if run_case(part, case, given):
                passed += 1
            else:
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
