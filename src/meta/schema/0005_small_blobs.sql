-- SPDX-License-Identifier: Apache-2.0
--
-- A small blob's bytes are in its row, one of a file has none; the location says which. The column is
-- the last: who looks only for the others does not touch the pages behind a row.
ALTER TABLE blobs ADD COLUMN bytes BLOB;

-- What a session without a file has promised to hold. NULL: nothing, or the file says how much.
ALTER TABLE uploads ADD COLUMN bytes BLOB;
