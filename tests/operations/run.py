#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of what an operator relies on; run.sh says which parts there are."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "faults")]

from support.cases import Parts, finish  # noqa: E402

PARTS = Parts("operations", ["surface", "refusals", "full", "full_reads", "read_only", "drain"])

if __name__ == "__main__":
    finish(PARTS.run(sys.argv[1:]))
