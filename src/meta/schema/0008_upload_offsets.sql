-- SPDX-License-Identifier: Apache-2.0
--
-- How many bytes of an upload's file were synced and may be promised. NULL: the session is of an
-- earlier schema, the file's length is all there is to go by; after a power cut it may be longer
-- than what was written.
ALTER TABLE uploads ADD COLUMN synced INTEGER;
