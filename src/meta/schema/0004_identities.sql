-- SPDX-License-Identifier: Apache-2.0
--
-- Who may do what. kind: 1 admin, 2 user, 3 token. A token that is issued carries its account's
-- epoch; another epoch ends it. Times are ticks; NULL means never.
ALTER TABLE accounts ADD COLUMN kind INTEGER NOT NULL DEFAULT 1 CHECK (kind IN (1, 2, 3));
ALTER TABLE accounts ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN expires_at INTEGER;

-- crypt(3) strings, up to two for an account, so that one can be changed while the other is in use.
CREATE TABLE passwords (
    account TEXT NOT NULL,
    slot INTEGER NOT NULL CHECK (slot IN (1, 2)),
    hash TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    PRIMARY KEY (account, slot)
) STRICT, WITHOUT ROWID;

INSERT INTO passwords (account, slot, hash, created_at)
    SELECT name, 1, password_hash, updated_at FROM accounts;
ALTER TABLE accounts DROP COLUMN password_hash;

CREATE TABLE scope_maps (
    name TEXT PRIMARY KEY,
    description TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- actions: sum of 1 pull, 2 push, 4 delete, 8 metadata_read, 16 metadata_write.
CREATE TABLE scope_rules (
    scope_map TEXT NOT NULL,
    pattern TEXT NOT NULL,
    actions INTEGER NOT NULL CHECK (actions BETWEEN 1 AND 31),
    PRIMARY KEY (scope_map, pattern)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_scope_maps (
    account TEXT NOT NULL,
    scope_map TEXT NOT NULL,
    PRIMARY KEY (account, scope_map)
) STRICT, WITHOUT ROWID;

CREATE INDEX account_scope_maps_by_map ON account_scope_maps (scope_map, account);

-- Maps whose names start with _ come with the registry and do not change.
INSERT INTO scope_maps (name, description, created_at, updated_at) VALUES
    ('_repositories_admin', 'Everything in every repository', 0, 0),
    ('_repositories_pull', 'Pull from every repository', 0, 0),
    ('_repositories_pull_metadata_read', 'Pull from every repository and read its metadata', 0, 0),
    ('_repositories_push', 'Push to and pull from every repository', 0, 0),
    ('_repositories_push_metadata_write',
     'Push to and pull from every repository, read and write its metadata', 0, 0);
INSERT INTO scope_rules (scope_map, pattern, actions) VALUES
    ('_repositories_admin', '*', 31),
    ('_repositories_pull', '*', 1),
    ('_repositories_pull_metadata_read', '*', 9),
    ('_repositories_push', '*', 3),
    ('_repositories_push_metadata_write', '*', 27);

-- Other token issuers, and which of their tokens stand for what. The documents are JSON.
CREATE TABLE issuers (
    name TEXT PRIMARY KEY,
    document TEXT NOT NULL,
    enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE trust_rules (
    issuer TEXT NOT NULL,
    name TEXT NOT NULL,
    document TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE blocked_subjects (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

-- A retired key verifies until the last token it signed has ended.
ALTER TABLE signing_keys ADD COLUMN retired_at INTEGER;

-- Raised by every change of the tables above, in its transaction: who keeps a snapshot of them need
-- only compare this number. Epochs are taken from it too, so none is used twice. One row.
CREATE TABLE access_generation (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    value INTEGER NOT NULL
) STRICT;
INSERT INTO access_generation (one, value) VALUES (1, 1);
