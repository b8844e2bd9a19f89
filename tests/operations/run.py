#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of what an operator relies on; run.sh says which parts there are."""

import importlib
import sys
import tempfile
import time
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(1, str(HERE.parent / "faults"))

PARTS = ["surface", "refusals", "full", "read_only", "drain"]


def run_case(part, case):
    name = f"{part}: {case.__doc__.splitlines()[0]}"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="berth-operations-") as folder:
        try:
            note = case(Path(folder)) or ""
        except Exception as problem:  # one case must not take the others with it
            print(f"FAIL {name}\n     {type(problem).__name__}: {problem}", flush=True)
            print("     " + traceback.format_exc().replace("\n", "\n     "), flush=True)
            return False
    print(f"ok   {name}  [{time.monotonic() - started:.1f} s] {note}", flush=True)
    return True


def main():
    given = sys.argv[1:]
    unknown = set(given) - set(PARTS)
    if unknown:
        sys.exit(f"run.py: no such part: {', '.join(sorted(unknown))}")
    results = [run_case(part, case) for part in given or PARTS
               for case in importlib.import_module(f"part_{part}").CASES]
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
