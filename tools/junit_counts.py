#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Adds up JUnit files (GoogleTest and pytest write them) and prints "N passed, N failed".

A skipped or disabled case counts as failed: a test that cannot run here must say so loudly.
A file without a case counts as one failure.
usage: junit_counts.py FILE...
"""
import sys
import xml.etree.ElementTree as ElementTree


def verdict(case):
    """None for a pass, else the reason."""
    for child in case:
        if child.tag in ("failure", "error", "skipped"):
            return child.tag
    if case.get("status") == "notrun" or case.get("result") in ("skipped", "suppressed"):
        return "skipped"
    return None


def main(paths):
    passed = failed = 0
    for path in paths:
        cases = list(ElementTree.parse(path).getroot().iter("testcase"))
        if not cases:
            failed += 1
            print(f"{path}: no test ran")
        for case in cases:
            reason = verdict(case)
            if reason is None:
                passed += 1
            else:
                failed += 1
                print(f"{reason}: {case.get('classname')}.{case.get('name')}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
