#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the fault tests; run.sh says which parts there are."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "oracle")]

from support.cases import Parts  # noqa: E402
from support.seeded import run_seeded  # noqa: E402

PARTS = Parts("faults", ["kill", "kill_work", "disk_full", "sync_error", "call_error", "slow",
                         "shutdown", "memory"], modules="")

if __name__ == "__main__":
    run_seeded(PARTS, __doc__, rounds=70,
               meaning="kills of kill and kill_work together (500 is the proof)")
