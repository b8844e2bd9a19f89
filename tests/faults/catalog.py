# SPDX-License-Identifier: Apache-2.0
"""Looks at the data directory from outside: no row may point at missing or short bytes."""

import hashlib
import sqlite3
from pathlib import Path

from client import Failure, expect


def catalog_path(data):
    for path in sorted(Path(data).iterdir()):
        if path.is_file():
            with open(path, "rb") as file:
                if file.read(16) == b"SQLite format 3\0":
                    return path
    raise Failure(f"no catalog in {data}")


def check_catalog(data):
    """Answers how many blob rows there are."""
    connection = sqlite3.connect(f"file:{catalog_path(data)}?mode=ro", uri=True, timeout=10)
    try:
        rows = connection.execute(
            "SELECT digest, size, location, bytes FROM blobs WHERE state = 0")
        count = 0
        for digest, size, location, content in rows:
            count += 1
            if location == "catalog":
                expect(len(content) == size and
                       hashlib.sha256(content).digest() == digest[-32:],
                       f"blob row {digest.hex()} has other bytes than it says")
                continue
            path = Path(data) / "blobs" / location
            expect(path.is_file(), f"blob row {digest.hex()} points at missing {location}")
            actual = path.stat().st_size
            expect(actual == size, f"{location}: {actual} bytes, its row says {size}")
        check_references(connection)
        return count
    finally:
        connection.close()


def check_references(connection):
    # A removed repository, called '#' and its id, is taken apart a few rows at a time.
    broken = connection.execute("PRAGMA foreign_key_check").fetchall()
    expect(not broken, f"rows that point at no row: {broken[:5]}")
    wrong = connection.execute(
        "SELECT name FROM repositories r WHERE name NOT LIKE '#%' AND (manifest_count <>"
        " (SELECT count(*) FROM manifests m WHERE m.repository_id = r.id) OR tag_count <>"
        " (SELECT count(*) FROM tags t WHERE t.repository_id = r.id))").fetchall()
    expect(not wrong, f"counters of {wrong[:5]} are not the rows they count")
    lost = connection.execute(
        "SELECT count(*) FROM manifest_references e JOIN repositories r ON r.id = e.repository_id"
        " WHERE r.name NOT LIKE '#%' AND e.role < 3 AND NOT EXISTS"
        " (SELECT 1 FROM blob_links l JOIN blobs b ON b.id = l.blob_id"
        "  WHERE l.repository_id = e.repository_id AND b.digest = e.digest)").fetchone()[0]
    expect(lost == 0, f"{lost} manifest references without a linked blob")
