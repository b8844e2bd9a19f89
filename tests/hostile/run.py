#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the attacks; run.sh says which parts there are."""

import argparse
import resource
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.cases import Parts, finish  # noqa: E402

PARTS = Parts("hostile", ["slow", "floods", "documents", "secure", "descriptors"], modules="")


class Context:
    """What a case gets: a directory of its own, and how long an answer may take."""

    def __init__(self, folder, seconds):
        self.folder = Path(folder)
        self.seconds = seconds


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=5,
                           help="longest time an answer to the well-behaved client may take")
    arguments.add_argument("--rounds", type=int, default=1, help="how often everything is done")
    PARTS.add_argument(arguments)
    given = arguments.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    finish(PARTS.run(PARTS.chosen(given.parts) * given.rounds,
                     lambda folder: Context(folder, given.seconds)))


if __name__ == "__main__":
    main()
