# SPDX-License-Identifier: Apache-2.0
"""The commands under test, and changes to a data directory that no program of ours would make."""

import json
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from client import expect
from support.server import binary_path

CLEAN, DAMAGED = 0, 3


class Done:
    def __init__(self, words, process):
        self.words, self.status, self.stderr = words, process.returncode, process.stderr
        self.text = process.stdout

    @property
    def json(self):
        return json.loads(self.text)

    def expect(self, status):
        expect(self.status == status, f"berth {' '.join(self.words)}: exit {self.status}, expected "
               f"{status}\n{self.text[-2000:]}{self.stderr[-2000:]}")
        return self


def berth(*words, data=None):
    words = [str(word) for word in words]
    if data is not None:
        words += ["--data", str(data)]
    return Done(words, subprocess.run([binary_path(), *words, "--output", "json"],
                                      stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                      timeout=120, check=False))


def verify(data, *flags):
    """What is found: a sorted list of kinds."""
    done = berth("verify", *flags, data=data)
    kinds = sorted(one["kind"] for one in done.json["findings"])
    done.expect(DAMAGED if kinds else CLEAN)
    return kinds


def expect_clean(data):
    done = berth("verify", data=data)
    expect(done.status == CLEAN, f"berth verify: exit {done.status}\n{done.text}{done.stderr}")
    return done.json


def sql(data, statement, parameters=()):
    path = Path(data) / "catalog.db"
    with closing(sqlite3.connect(path, timeout=20, isolation_level=None)) as connection:
        return connection.execute(statement, parameters).fetchall()


def object_path(data, digest):
    """Where the bytes of a blob are."""
    algorithm, text = digest.split(":")
    found = sorted((Path(data) / "blobs" / algorithm / text[:2]).glob(f"{text}.*"))
    expect(len(found) == 1, f"{digest} has {len(found)} objects")
    return found[0]


def flip(path, at=5):
    with open(path, "r+b") as file:
        file.seek(at)
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


def files_in(folder):
    return sorted(path for path in Path(folder).rglob("*") if path.is_file()) \
        if Path(folder).exists() else []
