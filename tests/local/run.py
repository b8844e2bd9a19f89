#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of TLS and of the local mode; run.sh says which parts there are."""

import importlib
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from checks import Failure  # noqa: E402

PARTS = ["reload", "https", "init", "local", "memory"]


def run_case(part, case):
    name = f"{part}: {case.__doc__.splitlines()[0]}"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="berth-local-") as folder:
        try:
            note = case(Path(folder)) or ""
        except Exception as problem:  # whatever it is, the other cases run
            print(f"FAIL {name}\n     {type(problem).__name__}: {problem}", flush=True)
            if not isinstance(problem, Failure):
                print("     " + traceback.format_exc().replace("\n", "\n     "), flush=True)
            return False
    print(f"ok   {name}  [{time.monotonic() - started:.1f} s] {note}", flush=True)
    return True


def main():
    parts = sys.argv[1:] or PARTS
    if not set(parts) <= set(PARTS):
        sys.exit(f"run.py: parts are {' '.join(PARTS)}")
    outcomes = [run_case(part, case)
                for part in parts for case in importlib.import_module(f"part_{part}").CASES]
    print(f"{outcomes.count(True)} passed, {outcomes.count(False)} failed")
    sys.exit(0 if all(outcomes) else 1)


if __name__ == "__main__":
    main()
