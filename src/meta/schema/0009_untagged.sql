-- SPDX-License-Identifier: Apache-2.0
--
-- When a manifest last lost a tag, for retention: one that had a tag yesterday has not been without
-- for as long as it is old. Not a column of manifests, as manifest_pulls.
CREATE TABLE manifest_untaggings (
    manifest_id INTEGER PRIMARY KEY REFERENCES manifests (id),
    untagged_at INTEGER NOT NULL
) STRICT;
