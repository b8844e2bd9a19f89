#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of verify, scrub, backup and upgrade; run.sh says which parts there are."""

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
sys.path.insert(0, str(TESTS))
sys.path.append(str(TESTS / "faults"))

from client import Failure  # noqa: E402

PARTS = ["verify", "scrub", "backup", "upgrade"]


class Context:
    """What a case gets: a directory of its own, a seeded random, the options."""

    def __init__(self, folder, given):
        self.folder = Path(folder)
        self.random = random.Random(given.seed)
        self.seed = given.seed
        self.rounds = given.rounds


def run_case(part, case, given):
    name = f"{part}: {case.__doc__.splitlines()[0]}"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="berth-repair-", dir=given.folder) as folder:
        try:
            note = case(Context(folder, given)) or ""
        except Exception as problem:  # whatever it is, the other cases run
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
    arguments.add_argument("--rounds", type=int, default=10, help="instants at which kill kills")
    arguments.add_argument("--folder", help="where the data directories go (default: the temp dir)")
    arguments.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    given = arguments.parse_args()
    given.seed = int(given.seed)
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        sys.exit(f"run.py: no such part: {', '.join(sorted(unknown))}")
    print(f"seed {given.seed}", flush=True)
    outcomes = [run_case(part, case, given) for part in given.parts or PARTS
                for case in importlib.import_module(f"part_{part}").CASES]
    print(f"{outcomes.count(True)} passed, {outcomes.count(False)} failed")
    sys.exit(0 if all(outcomes) else 1)


if __name__ == "__main__":
    main()
