-- SPDX-License-Identifier: Apache-2.0
--
-- RSA keys that sign tokens, PKCS#8 DER. kid is made from the public key. The newest signs.
CREATE TABLE signing_keys (
    kid TEXT PRIMARY KEY,
    private_key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What distinguishes this registry from others in its tokens (claim rid). At most one row.
CREATE TABLE registry_identity (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    registry_id TEXT NOT NULL
) STRICT;
