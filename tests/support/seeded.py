# SPDX-License-Identifier: Apache-2.0
"""The command line of tests that are random, and what their cases get."""

import argparse
import os
import random
import time
from pathlib import Path

from support.cases import finish


class Context:
    """What a case gets: a directory of its own, a seeded random, the options."""

    def __init__(self, folder, given):
        self.folder = Path(folder)
        self.random = random.Random(given.seed)
        self.seed = given.seed
        self.rounds = given.rounds


def add_seed(arguments):
    arguments.add_argument("--seed", type=int, default=int(
        os.environ.get("BERTH_TEST_SEED", time.time_ns() % 1_000_000)))


def run_seeded(parts, about, rounds, meaning):
    """Runs what the command line says and ends the program."""
    arguments = argparse.ArgumentParser(description=about)
    add_seed(arguments)
    arguments.add_argument("--rounds", type=int, default=rounds, help=meaning)
    arguments.add_argument("--folder", help="where the data directories go (default: the temp dir)")
    parts.add_argument(arguments)
    given = arguments.parse_args()
    parts.chosen(given.parts)
    print(f"seed {given.seed}", flush=True)
    finish(parts.run(given.parts, lambda folder: Context(folder, given), given.folder,
                     f"seed {given.seed}"))
