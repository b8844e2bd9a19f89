-- SPDX-License-Identifier: Apache-2.0
--
-- Garbage collection and scrubbing. When a blob was condemned; NULL for a live one. Nearly every
-- blob is live, so the index is small.
ALTER TABLE blobs ADD COLUMN condemned_at INTEGER;

CREATE INDEX blobs_not_live ON blobs (state, id) WHERE state <> 0;

-- What work in the background remembers across restarts: where it stopped, what its last run found.
-- The value's form is its writer's own.
CREATE TABLE upkeep (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- When a manifest was last pulled, to the hour. Not a column of manifests: changing a row there
-- rewrites its bytes.
CREATE TABLE manifest_pulls (
    manifest_id INTEGER PRIMARY KEY REFERENCES manifests (id),
    pulled_at INTEGER NOT NULL
) STRICT;

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('blobs', 'blobs_not_live', '1000 500 1');
ANALYZE sqlite_schema;
