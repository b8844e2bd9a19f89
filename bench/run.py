# SPDX-License-Identifier: Apache-2.0
"""The bench: every group of rows starts its servers, seeds them, and measures row by row, each row
on one server after the other, in several rounds. Groups: small large pushes lists mixed footprint
scaling http2. GROUP:TEXT takes only the rows that contain TEXT."""

import argparse
import os
import signal
import sys
import tempfile
import time

import facts as machine
import report
import rows_footprint
import rows_http2
import rows_large
import rows_lists
import rows_mixed
import rows_pushes
import rows_scaling
import rows_small
from harness import Bench
from scale import QUICK, WHOLE
from servers import binary_path

GROUPS = (rows_small, rows_large, rows_pushes, rows_lists, rows_mixed, rows_footprint,
          rows_scaling, rows_http2)
# Of the time that is left when a group begins, the part it may take.
WEIGHTS = {"small": 14, "large": 16, "pushes": 20, "lists": 12, "mixed": 16, "footprint": 8,
           "scaling": 5, "http2": 9}


def selected(wanted):
    """(group, fragments) in the order of GROUPS; everything if nothing is named."""
    names = {group.NAME for group in GROUPS}
    asked = {}
    for one in wanted:
        name, _, fragment = one.partition(":")
        if name not in names:
            sys.exit(f"bench: no group '{name}'; there are {' '.join(sorted(names))}")
        asked.setdefault(name, [])
        if fragment:
            asked[name].append(fragment)
    return [(group, asked.get(group.NAME, [])) for group in GROUPS
            if not asked or group.NAME in asked]


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--load", required=True, help=argparse.SUPPRESS)
    arguments.add_argument("--quick", action="store_true", help="one short round, small sizes")
    arguments.add_argument("--rounds", type=int, help="at most so many")
    arguments.add_argument("rows", nargs="*", help="GROUP or GROUP:TEXT")
    given = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that servers and files go
    chosen = selected(given.rows)
    with tempfile.TemporaryDirectory(prefix="berth-bench-", dir=os.environ.get("TMPDIR")) as at:
        facts = machine.machine_facts(at, binary_path())
        bench = Bench(given, at, QUICK if given.quick else WHOLE)
        weights = [WEIGHTS[group.NAME] for group, _ in chosen]
        for place, (group, fragments) in enumerate(chosen):
            bench.begin(group.NAME, fragments, weights[place] / sum(weights[place:]))
            bench.run(group)
        facts["load_after"] = os.getloadavg()[0]
        bench.took = time.monotonic() - bench.begun
        shown = [one for one in sys.argv[3:] if one != "--"]
        text, stem = report.write(bench, facts, shown, [group for group, _ in chosen])
    print(text)
    print(f"{bench.took:.0f} s; all rows are in {stem}.md, every sample in {stem}.json")
    raise SystemExit(1 if bench.failed else 0)


if __name__ == "__main__":
    main()
