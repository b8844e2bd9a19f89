#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what a run of the clients printed into the table of docs/compatibility.md:

    ./dev clients azure | tee clients.log; tests/clients/table.py clients.log

A client that passed gets its row anew, the others keep theirs; one that failed is an error."""

import re
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
BEGIN, END = "<!-- clients -->\n", "<!-- end of clients -->\n"
HEAD = "| client | version | checks passed | operations |\n|---|---|---|---|\n"
RESULT = re.compile(r"^([\w.-]+) (\S+): (\d+) checks passed(, \d+ failed)?$", re.MULTILINE)
OPERATIONS = re.compile(r"^([\w.-]+) (\S+): operations passed: (.*)$", re.MULTILINE)


def rows_of(log):
    operations = {client: names for client, _, names in OPERATIONS.findall(log)}
    rows = {}
    for client, version, checks, failed in RESULT.findall(log):
        if failed:
            sys.exit(f"table.py: {client} {version} has{failed}")
        rows[client] = f"| {client} | {version} | {checks} | {operations.get(client, '')} |\n"
    if not rows:
        sys.exit("table.py: no client's result in the log")
    return rows


def main():
    before, rest = PAGE.read_text().split(BEGIN)
    table, after = rest.split(END)
    rows = {line.split("|")[1].strip(): line for line in table.splitlines(keepends=True)[2:]}
    rows |= rows_of(Path(sys.argv[1]).read_text())
    table = HEAD + "".join(rows[name] for name in sorted(rows))
    PAGE.write_text(before + BEGIN + table + END + after)


if __name__ == "__main__":
    main()
