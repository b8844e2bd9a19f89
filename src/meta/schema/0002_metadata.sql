-- SPDX-License-Identifier: Apache-2.0
--
-- What the metadata API needs. A detached repository has no name of its own any more and waits for
-- its rows to be reaped.
ALTER TABLE repositories ADD COLUMN detached_at INTEGER;

CREATE INDEX repositories_detached ON repositories (detached_at, id)
    WHERE detached_at IS NOT NULL;

-- The time orders are only ever listed, and lists leave hidden items out.
DROP INDEX tags_by_time;
CREATE INDEX tags_by_time ON tags (repository_id, updated_at, name) WHERE list_enabled = 1;
DROP INDEX manifests_by_time;
CREATE INDEX manifests_by_time ON manifests (repository_id, updated_at, digest)
    WHERE list_enabled = 1;

-- Whether something may not be deleted must not cost a look at everything. Nearly nothing is locked,
-- so these are small.
CREATE INDEX tags_locked ON tags (repository_id, digest, name)
    WHERE delete_enabled + write_enabled < 2;
CREATE INDEX manifests_locked ON manifests (repository_id, digest)
    WHERE delete_enabled + write_enabled < 2;

-- Where a removed tag (kind 1) or manifest (kind 2, name is the digest's text) stood in the time
-- orders, for a client that pages while it deletes.
CREATE TABLE removed_items (
    repository_id INTEGER NOT NULL,
    kind INTEGER NOT NULL CHECK (kind IN (1, 2)),
    name TEXT NOT NULL,
    updated_at INTEGER NOT NULL,
    removed_at INTEGER NOT NULL,
    PRIMARY KEY (repository_id, kind, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX removed_items_by_removal ON removed_items (removed_at, repository_id, kind, name);
