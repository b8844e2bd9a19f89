#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of verify, scrub, backup and upgrade; run.sh says which parts there are."""

import sys
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(TESTS))
sys.path.append(str(TESTS / "faults"))

from support.cases import Parts  # noqa: E402
from support.seeded import run_seeded  # noqa: E402

PARTS = Parts("repair", ["verify", "scrub", "backup", "upgrade"])

if __name__ == "__main__":
    run_seeded(PARTS, __doc__, rounds=10, meaning="instants at which kill kills")
