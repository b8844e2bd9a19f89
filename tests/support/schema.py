# SPDX-License-Identifier: Apache-2.0
"""The schema as its versions had it: the numbered migrations of src/meta/schema, without Berth."""

import hashlib

from support.server import ROOT

_FILES = sorted((ROOT / "src" / "meta" / "schema").glob("[0-9]*.sql"))
NEWEST = len(_FILES)


def create(connection, version, applied_at=0):
    """An empty catalog of `version` on a new sqlite3 connection."""
    connection.executescript(
        "PRAGMA journal_mode = WAL; CREATE TABLE schema_version (version INTEGER PRIMARY KEY,"
        " name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL);")
    for path in _FILES[:version]:
        text = path.read_text()
        connection.executescript(text)
        number, name = path.stem.split("_", 1)
        connection.execute(
            "INSERT INTO schema_version VALUES (?, ?, ?, ?)",
            (int(number), name, hashlib.sha256(text.encode()).hexdigest(), applied_at))
