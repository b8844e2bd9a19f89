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

-- One manifest may carry any number of tags, and the list of those has time orders, too.
CREATE INDEX tags_by_digest_and_time ON tags (repository_id, digest, updated_at, name)
    WHERE list_enabled = 1;

-- Lists of tags show the state of each tag's manifest. Nearly none has one, so this is small, and
-- they need not visit the manifests.
CREATE INDEX manifests_quarantined ON manifests (repository_id, digest, quarantine_state)
    WHERE quarantine_state IS NOT NULL;

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

-- What the query planner is told of the tables' shape: about a thousand tags and manifests in each of
-- a thousand repositories. Without it the planner takes ten for a repository's tags and prefers
-- walking them all to an index of one digest's or the locked ones. Nothing runs ANALYZE, so this
-- stays. Rows in the index, then rows per distinct value of its first column, of its first two, ...
ANALYZE sqlite_schema;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('repositories', 'sqlite_autoindex_repositories_1', '1000 1'),
    ('repositories', 'repositories_visible', '1000 1'),
    ('repositories', 'repositories_detached', '10 1 1'),
    ('manifests', 'sqlite_autoindex_manifests_1', '1000000 1000 1'),
    ('manifests', 'manifests_by_time', '1000000 1000 1 1'),
    ('manifests', 'manifests_by_subject', '100000 100 2 1'),
    ('manifests', 'manifests_by_artifact_type', '100000 100 2 1 1'),
    ('manifests', 'manifests_locked', '1000 10 1'),
    ('manifests', 'manifests_quarantined', '1000 10 1 1'),
    ('manifest_references', 'manifest_references', '10000000 10 1'),
    ('manifest_references', 'manifest_references_by_digest', '10000000 10000 10'),
    ('tags', 'tags', '1000000 1000 1'),
    ('tags', 'tags_by_digest', '1000000 1000 2 1'),
    ('tags', 'tags_by_time', '1000000 1000 1 1'),
    ('tags', 'tags_by_digest_and_time', '1000000 1000 2 1 1'),
    ('tags', 'tags_locked', '1000 10 2 1'),
    ('blobs', 'sqlite_autoindex_blobs_1', '1000000 1'),
    ('blob_links', 'blob_links', '5000000 5000 1'),
    ('blob_links', 'blob_links_by_blob', '5000000 5 1'),
    ('removed_items', 'removed_items', '10000 100 50 1'),
    ('removed_items', 'removed_items_by_removal', '10000 1 1 1 1');
ANALYZE sqlite_schema;
