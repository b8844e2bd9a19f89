# SPDX-License-Identifier: Apache-2.0
"""Runs one program to its end, bounded, with everything it printed kept."""

import subprocess
from dataclasses import dataclass

SECONDS_MAX = 90


@dataclass
class Command:
    """A program that has ended. `output` is standard output followed by standard error."""

    arguments: list
    status: int
    stdout: str
    stderr: str

    @property
    def output(self):
        return self.stdout + self.stderr

    def told(self):
        return f"status {self.status} of: {' '.join(self.arguments)}\n{self.output}"


def run(arguments, environment=None, stdin="", seconds=SECONDS_MAX, directory=None):
    arguments = [str(each) for each in arguments]
    try:
        done = subprocess.run(arguments, input=stdin, capture_output=True, text=True,
                              errors="replace", env=environment, timeout=seconds, check=False,
                              cwd=directory)
    except subprocess.TimeoutExpired as late:
        printed = (late.stdout or b"").decode(errors="replace")
        return Command(arguments, 124, printed, f"took over {seconds} s")
    return Command(arguments, done.returncode, done.stdout, done.stderr)
