#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of the management commands; run.sh says which parts there are."""

import importlib
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.server import StartError  # noqa: E402
from registry import Failure  # noqa: E402

PARTS = ["shape", "accounts", "rights", "htpasswd", "keys", "retention", "together"]


def run_case(part, case):
    name = f"{part}: {case.__doc__.splitlines()[0]}"
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="berth-commands-") as folder:
        try:
            note = case(Path(folder)) or ""
        except (Failure, StartError, OSError, subprocess.SubprocessError) as problem:
            print(f"FAIL {name}\n     {type(problem).__name__}: {problem}", flush=True)
            frame = traceback.extract_tb(problem.__traceback__)[1]
            print(f"     at {Path(frame.filename).name}:{frame.lineno}: {frame.line}", flush=True)
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
