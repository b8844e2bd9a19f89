#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Prints what the conformance runs found; called by run.sh when they are over.

Reads the report.txt of each run (the program writes junit.xml only for complete runs). Whatever did
not pass counts as failed: also a test that was skipped because the registry lacks a feature or
disabled by a setting, a run with fewer tests than expected, and a server that did not stop cleanly.
Exits 1 if anything failed.
"""

import argparse
import pathlib
import re
import sys

REASON_LINES_MAX = 6
REASON_WIDTH_MAX = 400
# One node of the tree of results, which names a test by its whole path.
NODE = re.compile(r"^ *(OCI Conformance Test(?:/.*)?): (Pass|Skip|Disabled|FAIL|Error|Unknown)$")
COUNT = re.compile(r"^  (Disabled|Skip|Pass|FAIL|Error)\.+: +(\d+)$")


class Report:
    """The tree of results and the counts in one report.txt."""

    def __init__(self, text):
        self.nodes = []  # (name, status, reason lines), in order
        self.counts = {}
        tree, _, rest = text.partition("\nConfiguration:\n")
        for line in tree.splitlines():
            node = NODE.match(line)
            if node:
                self.nodes.append((node[1], node[2], []))
            elif self.nodes and line.strip():
                self.nodes[-1][2].append(line.strip().removeprefix("- ")[:REASON_WIDTH_MAX])
        for line in rest.splitlines():
            count = COUNT.match(line)
            if count:
                self.counts[count[1]] = int(count[2])

    def not_passed(self):
        """The nodes to tell of: those whose bad status does not come from a node below them."""
        parents = {(name.rpartition("/")[0], status) for name, status, _ in self.nodes}
        for name, status, lines in self.nodes:
            # "Unknown" is a group that had nothing to test.
            if status not in ("Pass", "Unknown") and (name, status) not in parents:
                yield name, status, lines[:REASON_LINES_MAX]


def summarize(report_dir, name, expected):
    """Prints one run's result and returns (passed, failed)."""
    try:
        report = Report((report_dir / "report.txt").read_text(errors="replace"))
    except OSError as error:
        print(f"{name}: no result ({error})")
        return 0, 1
    counts = report.counts
    passed, total = counts.get("Pass", 0), sum(counts.values())
    failed = total - passed
    print(f"{name}: {passed} passed, {counts.get('FAIL', 0) + counts.get('Error', 0)} failed, "
          f"{counts.get('Skip', 0)} skipped, {counts.get('Disabled', 0)} disabled "
          f"(reports in {report_dir})")
    for test, status, lines in report.not_passed():
        print(f"  {status.lower()}: {test}")
        for line in lines:
            print(f"      {line}")
    if total < expected:
        print(f"{name}: only {total} tests were made, {expected} expected")
        failed += expected - total
    return passed, failed


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--expect", type=int, required=True, help="tests in a complete run")
    parser.add_argument("--unclean", action="append", default=[],
                        help="a run whose server did not stop cleanly")
    parser.add_argument("reports", type=pathlib.Path)
    parser.add_argument("runs", nargs="+")
    options = parser.parse_args()
    passed = failed = 0
    for name in options.runs:
        run_passed, run_failed = summarize(options.reports / name, name, options.expect)
        passed += run_passed
        failed += run_failed
        if name in options.unclean:
            print(f"{name}: the server did not stop cleanly")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
