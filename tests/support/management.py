# SPDX-License-Identifier: Apache-2.0
"""The management commands of `berth` on one data directory: Management(data)("user", "list")."""

import json
import subprocess

from support.server import binary_path


class CommandFailed(Exception):
    def __init__(self, words, done):
        super().__init__(f"berth {' '.join(words)}: exit {done.returncode}\n{done.stderr}")
        self.status = done.returncode
        self.stderr = done.stderr


class Management:
    """Calls answer what was printed, as JSON decoded; a command that fails raises."""

    def __init__(self, data):
        self.data = data

    def __call__(self, *words, stdin=""):
        words = [str(word) for word in words]
        done = subprocess.run(
            [binary_path(), *words, "--data", str(self.data), "--output", "json"],
            input=stdin, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            raise CommandFailed(words, done)
        return json.loads(done.stdout) if done.stdout.strip() else None
