#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the attacks; run.sh says which parts there are."""

import argparse
import importlib
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.server import StartError  # noqa: E402
from target import Failure  # noqa: E402

PARTS = ["slow", "floods", "documents", "secure", "descriptors"]


class Context:
    """What a case gets: a directory of its own, and how long an answer may take."""

    def __init__(self, folder, seconds):
        self.folder = Path(folder)
        self.seconds = seconds


def run_case(part, case, given):
    name = f"{part}: {case.__doc__.splitlines()[0]}"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="berth-hostile-") as folder:
        try:
            note = case(Context(folder, given.seconds)) or ""
        except (Failure, StartError, OSError) as problem:
            print(f"FAIL {name}\n     {type(problem).__name__}: {problem}", flush=True)
            if not isinstance(problem, Failure):
                print("     " + traceback.format_exc().replace("\n", "\n     "), flush=True)
            return False
    print(f"ok   {name}  [{time.monotonic() - started:.1f} s] {note}", flush=True)
    return True


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=5,
                           help="longest time an answer to the well-behaved client may take")
    arguments.add_argument("--rounds", type=int, default=1, help="how often everything is done")
    arguments.add_argument("parts", nargs="*", metavar="PART", help=" ".join(PARTS))
    given = arguments.parse_args()
    unknown = set(given.parts) - set(PARTS)
    if unknown:
        sys.exit(f"run.py: no such part: {', '.join(sorted(unknown))}")
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    passed = failed = 0
    for part in (given.parts or PARTS) * given.rounds:
        for case in importlib.import_module(part).CASES:
            if run_case(part, case, given):
                passed += 1
            else:
                failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
