# SPDX-License-Identifier: Apache-2.0
"""Which operations there are and how often each comes. Deletions and locks are rarer than pushes,
so that repositories fill up; open_all keeps locks from freezing everything."""

import changing
import listing
import purging
import pushing
import reading

WEIGHTS = {
    pushing.push_manifest: 22,
    pushing.push_blob: 4,
    pushing.upload_chunk: 2,
    pushing.finish_upload: 4,
    pushing.mount: 4,
    pushing.delete_by_tag: 1,
    changing.lock_repository: 4,
    changing.lock_tag: 7,
    changing.lock_manifest: 8,
    changing.open_all: 3,
    changing.delete_tag: 5,
    changing.delete_manifest: 4,
    changing.delete_blob: 2,
    changing.delete_repository: 2,
    reading.pull_manifest: 9,
    reading.pull_blob: 5,
    reading.show_a_repository: 4,
    reading.show_a_tag: 4,
    reading.show_a_manifest: 5,
    listing.list_catalog: 3,
    listing.list_tags: 6,
    listing.list_oci_tags: 3,
    listing.list_manifests: 5,
    listing.list_referrers: 4,
    purging.purge_while_listing: 2,
}


def choose(random):
    return random.choices(list(WEIGHTS), list(WEIGHTS.values()))[0]


def look_at_everything(world):
    reading.audit(world)
    listing.list_everything(world)
