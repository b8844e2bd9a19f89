-- SPDX-License-Identifier: Apache-2.0
--
-- Digests are an algorithm byte and the hash. Times are ticks of 100 ns since 1970. Flags are 0 or 1.
-- Ids are never used twice (AUTOINCREMENT): what remembers one across transactions cannot meet a
-- stranger. Tables without rowid are clustered by their primary key.

-- A row exists from the first upload, link or manifest on; visible says whether anybody may list it.
CREATE TABLE repositories (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    manifest_count INTEGER NOT NULL DEFAULT 0 CHECK (manifest_count >= 0),
    tag_count INTEGER NOT NULL DEFAULT 0 CHECK (tag_count >= 0),
    delete_enabled INTEGER NOT NULL DEFAULT 1 CHECK (delete_enabled IN (0, 1)),
    write_enabled INTEGER NOT NULL DEFAULT 1 CHECK (write_enabled IN (0, 1)),
    list_enabled INTEGER NOT NULL DEFAULT 1 CHECK (list_enabled IN (0, 1)),
    read_enabled INTEGER NOT NULL DEFAULT 1 CHECK (read_enabled IN (0, 1)),
    teleport_enabled INTEGER NOT NULL DEFAULT 0 CHECK (teleport_enabled IN (0, 1))
) STRICT;

CREATE INDEX repositories_visible ON repositories (name)
    WHERE manifest_count > 0 AND list_enabled = 1;

-- The long columns come last: reading the others does not touch their overflow pages.
CREATE TABLE manifests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    digest BLOB NOT NULL,
    media_type TEXT NOT NULL,
    size INTEGER NOT NULL,
    image_size INTEGER NOT NULL,
    config_media_type TEXT,
    artifact_type TEXT NOT NULL,
    subject BLOB,
    architecture TEXT,
    os TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    delete_enabled INTEGER NOT NULL DEFAULT 1 CHECK (delete_enabled IN (0, 1)),
    write_enabled INTEGER NOT NULL DEFAULT 1 CHECK (write_enabled IN (0, 1)),
    list_enabled INTEGER NOT NULL DEFAULT 1 CHECK (list_enabled IN (0, 1)),
    read_enabled INTEGER NOT NULL DEFAULT 1 CHECK (read_enabled IN (0, 1)),
    quarantine_state TEXT,
    quarantine_details TEXT,
    annotations TEXT,
    bytes BLOB NOT NULL,
    UNIQUE (repository_id, digest)
) STRICT;

CREATE INDEX manifests_by_time ON manifests (repository_id, updated_at, digest);
CREATE INDEX manifests_by_subject ON manifests (repository_id, subject, digest)
    WHERE subject IS NOT NULL;
CREATE INDEX manifests_by_artifact_type ON manifests (repository_id, subject, artifact_type, digest)
    WHERE subject IS NOT NULL;

-- Edges by digest, not by id: a foreign layer or a sparse index's child need not exist here.
-- role: 1 config, 2 layer, 3 child manifest.
CREATE TABLE manifest_references (
    manifest_id INTEGER NOT NULL REFERENCES manifests (id),
    position INTEGER NOT NULL,
    repository_id INTEGER NOT NULL,
    role INTEGER NOT NULL CHECK (role IN (1, 2, 3)),
    digest BLOB NOT NULL,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    architecture TEXT,
    os TEXT,
    variant TEXT,
    PRIMARY KEY (manifest_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX manifest_references_by_digest ON manifest_references (repository_id, digest);

CREATE TABLE tags (
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    delete_enabled INTEGER NOT NULL DEFAULT 1 CHECK (delete_enabled IN (0, 1)),
    write_enabled INTEGER NOT NULL DEFAULT 1 CHECK (write_enabled IN (0, 1)),
    list_enabled INTEGER NOT NULL DEFAULT 1 CHECK (list_enabled IN (0, 1)),
    read_enabled INTEGER NOT NULL DEFAULT 1 CHECK (read_enabled IN (0, 1)),
    PRIMARY KEY (repository_id, name),
    FOREIGN KEY (repository_id, digest) REFERENCES manifests (repository_id, digest)
) STRICT, WITHOUT ROWID;

CREATE INDEX tags_by_digest ON tags (repository_id, digest, name);
CREATE INDEX tags_by_time ON tags (repository_id, updated_at, name);

-- state: 0 live, 1 condemned (no links, may be revived), 2 deleting, 3 damaged.
CREATE TABLE blobs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    size INTEGER NOT NULL,
    location TEXT NOT NULL,
    state INTEGER NOT NULL DEFAULT 0 CHECK (state IN (0, 1, 2, 3)),
    created_at INTEGER NOT NULL,
    verified_at INTEGER NOT NULL
) STRICT;

CREATE TABLE blob_links (
    repository_id INTEGER NOT NULL REFERENCES repositories (id),
    blob_id INTEGER NOT NULL REFERENCES blobs (id),
    linked_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL,
    PRIMARY KEY (repository_id, blob_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX blob_links_by_blob ON blob_links (blob_id, repository_id);

-- By name, not by repository row: a session may begin before its repository exists.
CREATE TABLE uploads (
    id TEXT PRIMARY KEY,
    repository TEXT NOT NULL,
    owner TEXT NOT NULL,
    algorithm INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    touched_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX uploads_by_touch ON uploads (touched_at, id);
CREATE INDEX uploads_by_repository ON uploads (repository, id);

CREATE TABLE accounts (
    name TEXT PRIMARY KEY,
    password_hash TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
