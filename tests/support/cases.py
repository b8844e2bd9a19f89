# SPDX-License-Identifier: Apache-2.0
"""Runs a test's cases. A case is a function that gets a context and answers a note or nothing; its
docstring's first line is its name. A part is a module that lists its cases as CASES."""

import importlib
import sys
import tempfile
import time
import traceback
from pathlib import Path


class Failure(Exception):
    """Berth did something else than it should."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


def await_value(look, wanted, what, seconds=15):
    """Until `look()` is that."""
    deadline = time.monotonic() + seconds
    while (found := look()) != wanted:
        expect(time.monotonic() < deadline, f"{what}: {found} and not {wanted}")
        time.sleep(0.02)


def run_case(name, case, *arguments, epilogue=""):
    """Whether it passed; whatever it raises, the other cases run."""
    started = time.monotonic()
    try:
        note = case(*arguments) or ""
    except Exception as problem:
        print(f"FAIL {name}\n     {type(problem).__name__}: {problem}", flush=True)
        if not isinstance(problem, Failure):
            print("     " + traceback.format_exc().replace("\n", "\n     "), flush=True)
        if epilogue:
            print(f"     {epilogue}", flush=True)
        return False
    print(f"ok   {name}  [{time.monotonic() - started:.1f} s] {note}", flush=True)
    return True


def finish(outcomes):
    """Ends the program with the counts."""
    print(f"{outcomes.count(True)} passed, {outcomes.count(False)} failed")
    sys.exit(0 if all(outcomes) else 1)


class Parts:
    """The parts of a test; `modules` is what the name of a part's module begins with."""

    def __init__(self, suite, names, modules="part_"):
        self.suite = suite
        self.names = names
        self.modules = modules

    def add_argument(self, arguments):
        arguments.add_argument("parts", nargs="*", metavar="PART", help=" ".join(self.names))

    def chosen(self, given):
        """All unless some are given; ends the program when one of these is unknown."""
        unknown = set(given) - set(self.names)
        if unknown:
            sys.exit(f"run.py: no such part: {', '.join(sorted(unknown))}; there are "
                     + " ".join(self.names))
        return given or self.names

    def run(self, given, context=Path, folder=None, epilogue=""):
        """Runs what is given, each case with `context(its own new directory below folder)`."""
        return [self.run_one(part, case, context, folder, epilogue)
                for part in self.chosen(given)
                for case in importlib.import_module(self.modules + part).CASES]

    def run_one(self, part, case, context, folder, epilogue):
        name = f"{part}: {case.__doc__.splitlines()[0]}"
        with tempfile.TemporaryDirectory(prefix=f"berth-{self.suite}-", dir=folder) as own:
            return run_case(name, case, context(own), epilogue=epilogue)
