-- SPDX-License-Identifier: Apache-2.0
--
-- What was deleted and can be restored until purge_at. By the repository's name: its row may be gone
-- meanwhile. A digest is either a manifest of the repository or here, never both.
CREATE TABLE deleted_manifests (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository TEXT NOT NULL,
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
    list_enabled INTEGER NOT NULL CHECK (list_enabled IN (0, 1)),
    read_enabled INTEGER NOT NULL CHECK (read_enabled IN (0, 1)),
    quarantine_state TEXT,
    quarantine_details TEXT,
    deleted_at INTEGER NOT NULL,
    purge_at INTEGER NOT NULL,
    deleted_by TEXT NOT NULL,
    annotations TEXT,
    bytes BLOB NOT NULL,
    UNIQUE (repository, digest)
) STRICT;

CREATE INDEX deleted_manifests_by_purge ON deleted_manifests (purge_at, id);
CREATE INDEX deleted_manifests_by_subject ON deleted_manifests (repository, subject, deleted_at)
    WHERE subject IS NOT NULL;

-- As manifest_references. They keep their blobs from being collected.
CREATE TABLE deleted_references (
    manifest_id INTEGER NOT NULL REFERENCES deleted_manifests (id),
    position INTEGER NOT NULL,
    role INTEGER NOT NULL CHECK (role IN (1, 2, 3)),
    digest BLOB NOT NULL,
    size INTEGER NOT NULL,
    media_type TEXT NOT NULL,
    architecture TEXT,
    os TEXT,
    variant TEXT,
    PRIMARY KEY (manifest_id, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX deleted_references_by_digest ON deleted_references (digest, role);

-- A name may be deleted any number of times; ids are in the order of the deletions. The manifest may
-- be live: the tag alone was deleted.
CREATE TABLE deleted_tags (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    repository TEXT NOT NULL,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    list_enabled INTEGER NOT NULL CHECK (list_enabled IN (0, 1)),
    read_enabled INTEGER NOT NULL CHECK (read_enabled IN (0, 1)),
    deleted_at INTEGER NOT NULL,
    purge_at INTEGER NOT NULL,
    deleted_by TEXT NOT NULL
) STRICT;

CREATE INDEX deleted_tags_by_repository ON deleted_tags (repository, id);
CREATE INDEX deleted_tags_by_digest ON deleted_tags (repository, digest, id);
CREATE INDEX deleted_tags_by_purge ON deleted_tags (purge_at, id);

-- What is deleted by itself (docs/retention.md). Times are in seconds; NULL: no such condition.
CREATE TABLE retention_rules (
    name TEXT PRIMARY KEY,
    repositories TEXT NOT NULL,
    tags TEXT NOT NULL,
    untagged INTEGER NOT NULL CHECK (untagged IN (0, 1)),
    older_than INTEGER,
    not_pulled_for INTEGER,
    keep_last INTEGER,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('deleted_manifests', 'sqlite_autoindex_deleted_manifests_1', '100000 100 1'),
    ('deleted_manifests', 'deleted_manifests_by_purge', '100000 1 1'),
    ('deleted_manifests', 'deleted_manifests_by_subject', '10000 10 2 1'),
    ('deleted_references', 'deleted_references', '1000000 10 1'),
    ('deleted_references', 'deleted_references_by_digest', '1000000 10 10'),
    ('deleted_tags', 'deleted_tags_by_repository', '100000 100 1'),
    ('deleted_tags', 'deleted_tags_by_digest', '100000 100 2 1'),
    ('deleted_tags', 'deleted_tags_by_purge', '100000 1 1');
ANALYZE sqlite_schema;
