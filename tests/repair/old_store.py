# SPDX-License-Identifier: Apache-2.0
"""Stores as earlier versions of the schema had them: the numbered migrations up to a version, rows
with the columns of that time, and objects. Nothing of today's program is used to make one."""

import sqlite3
from contextlib import closing

from client import OCI_IMAGE, content_of, digest_of, image_of
from support import schema

TICKS = 17_000_000_000_000_000  # some time in 2023
CONFIG = b'{"architecture":"arm64","os":"linux"}'
LAYERS = [content_of(200, "old small"), content_of(70_000, "old large")]
MANIFEST = image_of(CONFIG, LAYERS)
REPOSITORY = "old/app"
# From this version on small blobs are in the catalog, and passwords have a table of their own.
INLINE_SINCE, PASSWORDS_SINCE = 5, 4
GENERATION = "14e4d9c9725f4d86b36f5cd2cdbdcfab"


def stored(digest):
    return b"\x01" + bytes.fromhex(digest.split(":")[1])


def put_blob(connection, data, number, content, version):
    digest = digest_of(content)
    columns, values = "", ()
    if version >= INLINE_SINCE and len(content) < 16384:
        location, columns, values = "catalog", ", bytes", (content,)
    else:
        text = digest.split(":")[1]
        location = f"sha256/{text[:2]}/{text}.{GENERATION}"
        path = data / "blobs" / location
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    connection.execute(
        f"INSERT INTO blobs (id, digest, size, location, created_at, verified_at{columns})"
        f" VALUES (?, ?, ?, ?, ?, ?{', ?' if values else ''})",
        (number, stored(digest), len(content), location, TICKS, TICKS, *values))
    connection.execute("INSERT INTO blob_links VALUES (1, ?, ?, ?)", (number, TICKS, TICKS))


def put_manifest(connection, number, content, references):
    connection.execute(
        "INSERT INTO manifests (id, repository_id, digest, media_type, size, image_size,"
        " config_media_type, artifact_type, architecture, os, created_at, updated_at, bytes)"
        " VALUES (?, 1, ?, ?, ?, ?, 'application/vnd.oci.image.config.v1+json',"
        " 'application/vnd.oci.image.config.v1+json', 'arm64', 'linux', ?, ?, ?)",
        (number, stored(digest_of(content)), OCI_IMAGE, len(content), len(content), TICKS, TICKS,
         content))
    for position, blob in enumerate(references):
        connection.execute(
            "INSERT INTO manifest_references (manifest_id, position, repository_id, role, digest,"
            " size, media_type) VALUES (?, ?, 1, ?, ?, ?, ?)",
            (number, position, 2 if position else 1, stored(digest_of(blob)), len(blob),
             "application/vnd.oci.image.layer.v1.tar"))


def put_account(connection, version, password_hash):
    if version >= PASSWORDS_SINCE:
        connection.execute("INSERT INTO accounts (name, enabled, created_at, updated_at)"
                           " VALUES ('alice', 1, ?, ?)", (TICKS, TICKS))
        connection.execute("INSERT INTO passwords (account, slot, hash, created_at)"
                           " VALUES ('alice', 1, ?, ?)", (password_hash, TICKS))
        return
    connection.execute("INSERT INTO accounts (name, password_hash, enabled, created_at,"
                       " updated_at) VALUES ('alice', ?, 1, ?, ?)", (password_hash, TICKS, TICKS))


def make(data, version, password_hash="!", more_manifests=0):
    """A store of `version` with one image, its tags, an account, and as many more manifests."""
    (data / "uploads").mkdir(parents=True)
    (data / "blobs").mkdir()
    with closing(sqlite3.connect(data / "catalog.db", isolation_level=None)) as connection:
        schema.create(connection, version, TICKS)
        connection.execute("BEGIN")
        connection.execute("INSERT INTO repositories (id, name, created_at, updated_at,"
                           " manifest_count, tag_count) VALUES (1, ?, ?, ?, ?, ?)",
                           (REPOSITORY, TICKS, TICKS, 1 + more_manifests, 2 + more_manifests))
        for number, content in enumerate((CONFIG, *LAYERS), 1):
            put_blob(connection, data, number, content, version)
        put_manifest(connection, 1, MANIFEST, (CONFIG, *LAYERS))
        for number in range(more_manifests):
            content = image_of(CONFIG, [LAYERS[0]] * (number % 3 + 1))[:-1] \
                + f', "annotations": {{"n": "{number}"}}}}'.encode()
            put_manifest(connection, 2 + number, content,
                         (CONFIG, *[LAYERS[0]] * (number % 3 + 1)))
            put_tag(connection, f"more{number}", content)
        for name in ("v1", "latest"):
            put_tag(connection, name, MANIFEST)
        put_account(connection, version, password_hash)
        connection.execute("COMMIT")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def put_tag(connection, name, manifest):
    connection.execute("INSERT INTO tags (repository_id, name, digest, created_at, updated_at)"
                       " VALUES (1, ?, ?, ?, ?)",
                       (name, stored(digest_of(manifest)), TICKS, TICKS))


def version_of(data):
    with closing(sqlite3.connect(data / "catalog.db", timeout=20)) as connection:
        return connection.execute("SELECT max(version), count(*) FROM schema_version").fetchone()
