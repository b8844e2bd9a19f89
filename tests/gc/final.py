# SPDX-License-Identifier: Apache-2.0
"""The data directory when all is quiet: what is needed is there, and nothing else."""

import hashlib
import sqlite3
from pathlib import Path

from catalog import catalog_path, check_catalog
from client import digest_of, expect


def text_of(stored):
    return "sha256:" + stored[-32:].hex()


def check_objects(data, locations):
    """Exactly the named files, with the bytes that their names say."""
    root = Path(data) / "blobs"
    files = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}
    expect(files == locations, f"files that nobody needs: {sorted(files - locations)[:3]}; "
           f"missing: {sorted(locations - files)[:3]}")
    for name in files:
        content = (root / name).read_bytes()
        expect(Path(name).name.startswith(hashlib.sha256(content).hexdigest() + "."),
               f"{name} has other bytes")


def check_all(data, slots):
    """`slots` are settled. Answers the number of blobs."""
    check_catalog(data)
    needed = {}  # repository -> digests
    for slot in slots:
        if slot.image is not None:
            blobs = needed.setdefault(slot.repository, set())
            blobs.update(digest_of(blob) for blob in slot.image.blobs)
    connection = sqlite3.connect(f"file:{catalog_path(data)}?mode=ro", uri=True, timeout=10)
    try:
        linked = {}
        for name, digest in connection.execute(
                "SELECT r.name, b.digest FROM blob_links l JOIN blobs b ON b.id = l.blob_id"
                " JOIN repositories r ON r.id = l.repository_id"):
            linked.setdefault(name, set()).add(text_of(digest))
        for name in sorted(linked.keys() | needed.keys()):
            there, wanted = linked.get(name, set()), needed.get(name, set())
            expect(there == wanted, f"links of {name} that nobody needs: "
                   f"{sorted(there - wanted)[:3]}, missing: {sorted(wanted - there)[:3]}")
        rows = connection.execute("SELECT digest, state, location FROM blobs").fetchall()
        blobs = {text_of(digest) for digest, _state, _location in rows}
        expect(blobs == set().union(*needed.values()), f"blob rows nobody needs: {len(blobs)}")
        expect(all(state == 0 for _digest, state, _location in rows), "blobs that are not live")
        expect(connection.execute("SELECT count(*) FROM uploads").fetchone()[0] == 0,
               "upload sessions are left")
    finally:
        connection.close()
    check_objects(data, {place for _digest, _state, place in rows if place != "catalog"})
    left = list((Path(data) / "uploads").iterdir())
    expect(not left, f"uploads are left: {left[:3]}")
    return len(blobs)
