#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs random operations until one answer differs from the model's or enough have been done, then
races changes against locks."""

import argparse
import http.client
import random
import sys
import tempfile
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import race  # noqa: E402
from compare import Mismatch  # noqa: E402
from operations import choose, look_at_everything  # noqa: E402
from support.seeded import add_seed  # noqa: E402
from support.server import StartError  # noqa: E402
from world import World  # noqa: E402

RESTART_EVERY = 1500
FAILURES = (Mismatch, StartError, OSError, RuntimeError, http.client.HTTPException)


def count_of(text):
    return 0 if text == "race" else int(text)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("operations", nargs="?", type=count_of, default=10_000,
                        help="how many, or the word race: none, only the races")
    add_seed(parser)
    return parser.parse_args()


def work(world, count, done):
    """`done` holds the number and the name of the operation that is under way."""
    world.start()
    for number in range(1, count + 1):
        operation = choose(world.random)
        done[:] = [number, operation.__name__]
        operation(world)
        if world.random.randrange(RESTART_EVERY) == 0:
            done[1] = "restart"
            world.restart()
            look_at_everything(world)
    done[1] = "the last look at everything"
    world.restart()
    look_at_everything(world)


def report(world, given, done, problem):
    print("the last requests:")
    for line in world.client.history:
        print(f"  {line}")
    print(f"FAIL operation {done[0]}, {done[1]}\n     {type(problem).__name__}: {problem}")
    if not isinstance(problem, Mismatch):
        print("     " + traceback.format_exc().replace("\n", "\n     "))
    print(f"repeat with: ./dev model {given.operations} --seed {given.seed}")


def operate(given):
    """Answers how many answers were as expected, and 1 when the last was not."""
    failed, done, started = 0, [0, "start"], time.monotonic()
    with tempfile.TemporaryDirectory(prefix="berth-model-") as folder:
        world = World(random.Random(given.seed), Path(folder) / "data")
        try:
            work(world, given.operations, done)
        except FAILURES as problem:
            failed = 1
            report(world, given, done, problem)
        finally:
            world.end()
    statuses = ", ".join(f"{count} x {status}" for status, count in sorted(world.statuses.items()))
    print(f"answers: {statuses}")
    print(f"{done[0]} operations [{time.monotonic() - started:.1f} s]", flush=True)
    return world.compared, failed


def main():
    given = arguments()
    print(f"seed {given.seed}", flush=True)
    passed, failed = operate(given) if given.operations else (0, 0)
    rounds, lost = race.run(random.Random(given.seed))
    print(f"{passed + rounds} passed, {failed + lost} failed")
    sys.exit(1 if failed + lost else 0)


if __name__ == "__main__":
    main()
