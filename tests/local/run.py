#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the tests of TLS and of the local mode; run.sh says which parts there are."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.cases import Parts, finish  # noqa: E402

PARTS = Parts("local", ["reload", "https", "init", "local", "memory"])

if __name__ == "__main__":
    finish(PARTS.run(sys.argv[1:]))
