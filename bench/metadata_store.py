# SPDX-License-Identifier: Apache-2.0
"""The stores of the metadata bench: what they hold, and how Berth's catalog and docker-registry's
files come to hold it without a million pushes."""

import hashlib
import json
import os
import sqlite3
import time

import work
from peers import DockerRegistry
from servers import REPOSITORY, Berth

MANY = "bench/many"
SINGLE = "bench/single"
CONFIG = json.dumps({"architecture": "amd64", "os": "linux", "config": {},
                     "rootfs": {"type": "layers", "diff_ids": []}}).encode()
TICKS_PER_MS = 10_000
STRIDE = 7919  # prime: tags in the order of their names are in no order of time


def manifest_bytes(number):
    """All of one length; they differ in an annotation."""
    return json.dumps({
        "schemaVersion": 2, "mediaType": work.OCI_IMAGE,
        "config": work.descriptor("application/vnd.oci.image.config.v1+json", CONFIG),
        "layers": [work.descriptor("application/vnd.oci.image.layer.v1.tar", work.SMALL)],
        "annotations": {"note": note(number)},
    }).encode()


def note(number):
    return f"note {number:010d}"


class Plan:
    """One repository with many tags over some manifests, one with all its tags on one manifest,
    `doomed` ones to be deleted, and `others` with one manifest and one tag. Numbers of tags are in
    the order of their names."""

    def __init__(self, tags, manifests, others, single_tags=0, doomed=0, doomed_tags=0):
        self.tags = tags
        self.manifests = manifests
        self.single_tags = single_tags
        self.doomed = [f"bench/doomed{number}" for number in range(doomed)]
        self.doomed_tags = doomed_tags
        self.others = [f"team/r{number:07d}" for number in range(others)]
        self.digests = [work.digest_of(manifest_bytes(number)) for number in range(manifests)]
        self.sorted_digests = sorted(self.digests)
        self.repositories = sorted([REPOSITORY, MANY] + [SINGLE] * bool(single_tags) + self.doomed
                                   + self.others)

    def tag(self, number):
        return f"v{number:08d}"

    def digest_of_tag(self, number):
        return self.digests[number % self.manifests]

    def newest_last(self, tags):
        """The tags of a repository with so many, from the oldest to the newest."""
        back = pow(STRIDE, -1, tags)
        return [self.tag(place * back % tags) for place in range(tags)]


class Catalog:
    """Copies the rows that the server itself wrote for one push, with other keys."""

    def __init__(self, path):
        self.db = sqlite3.connect(path, isolation_level=None)
        for pragma in ("synchronous = OFF", "cache_size = -1000000", "foreign_keys = OFF"):
            self.db.execute(f"PRAGMA {pragma}")
        self.repository = self.row("repositories", "name = ?", REPOSITORY)
        key = self.repository["id"]
        self.manifest = self.row("manifests", "repository_id = ?", key)
        self.references = self.rows("manifest_references", "repository_id = ?", key)
        self.links = self.rows("blob_links", "repository_id = ?", key)
        self.tag = self.row("tags", "repository_id = ?", key)
        self.next_repository = key + 1
        self.next_manifest = self.manifest["id"] + 1

    def rows(self, table, where, key):
        found = self.db.execute(f"SELECT * FROM {table} WHERE {where}", (key,))
        names = [column[0] for column in found.description]
        return [dict(zip(names, row)) for row in found.fetchall()]

    def row(self, table, where, key):
        (found,) = self.rows(table, where, key)
        return found

    def insert(self, table, template, columns, values):
        """`template` once per tuple of `values`, which replace its `columns`."""
        names = list(template)
        places = [names.index(column) for column in columns]

        def filled():
            for some in values:
                row = list(template.values())
                for place, value in zip(places, some):
                    row[place] = value
                yield row

        marks = ", ".join("?" * len(names))
        self.db.executemany(f"INSERT INTO {table} ({', '.join(names)}) VALUES ({marks})", filled())

    def add_manifests(self, keys):
        """`keys` are (manifest number, repository id, time); answers the stored digests."""
        prefix = self.manifest["digest"][:-32]
        own = note(0)
        template = self.manifest["annotations"]
        manifests, references, digests = [], [], []
        for number, repository, moment in keys:
            content = manifest_bytes(number)
            digests.append(prefix + hashlib.sha256(content).digest())
            manifests.append((self.next_manifest, repository, digests[-1], content,
                              template.replace(own, note(number)), moment, moment))
            references.append((self.next_manifest, repository))
            self.next_manifest += 1
        self.insert("manifests", self.manifest, ("id", "repository_id", "digest", "bytes",
                                                 "annotations", "created_at", "updated_at"),
                    manifests)
        for reference in self.references:
            self.insert("manifest_references", reference, ("manifest_id", "repository_id"),
                        references)
        return digests

    def add_repositories(self, named):
        """`named` are (name, manifests, tags); answers their ids."""
        first = self.next_repository
        self.next_repository += len(named)
        ids = range(first, self.next_repository)
        self.insert("repositories", self.repository,
                    ("id", "name", "manifest_count", "tag_count"),
                    ((key, *one) for key, one in zip(ids, named)))
        for link in self.links:
            self.insert("blob_links", link, ("repository_id",), ((key,) for key in ids))
        return ids

    def add_large(self, name, manifests, tags, plan):
        self.db.execute("BEGIN")
        (key,) = self.add_repositories([(name, manifests, tags)])
        start = self.tag["updated_at"] - tags * TICKS_PER_MS
        digests = self.add_manifests((number, key, start + number * TICKS_PER_MS)
                                     for number in range(manifests))
        moments = (start + number * STRIDE % tags * TICKS_PER_MS for number in range(tags))
        self.insert("tags", self.tag,
                    ("repository_id", "name", "digest", "created_at", "updated_at"),
                    ((key, plan.tag(number), digests[number % manifests], moment, moment)
                     for number, moment in enumerate(moments)))
        self.db.execute("COMMIT")

    def add_others(self, names):
        for start in range(0, len(names), 10_000):
            self.db.execute("BEGIN")
            some = names[start:start + 10_000]
            ids = self.add_repositories([(name, 1, 1) for name in some])
            self.add_manifests((0, key, self.tag["updated_at"]) for key in ids)
            self.insert("tags", self.tag, ("repository_id",), ((key,) for key in ids))
            self.db.execute("COMMIT")

    def check(self):
        """That the copies kept every invariant."""
        wrong = {
            "foreign keys": self.db.execute("PRAGMA foreign_key_check").fetchmany(3),
            "integrity": [row for row in self.db.execute("PRAGMA integrity_check(3)")
                          if row[0] != "ok"],
            "counters": self.db.execute(
                "SELECT name FROM repositories WHERE"
                " manifest_count <> (SELECT count(*) FROM manifests WHERE repository_id ="
                " repositories.id) OR tag_count <> (SELECT count(*) FROM tags WHERE"
                " repository_id = repositories.id) LIMIT 3").fetchall(),
        }
        if any(wrong.values()):
            raise RuntimeError(f"the loaded catalog is not sound: {wrong}")

    def close(self):
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.db.close()


def push_template(server, load):
    """The one real push: blobs, a manifest and a tag."""
    setup = [request for content in (CONFIG, work.SMALL)
             for request in work.push_requests(content)]
    load.run(server, setup, 1, steps=2)
    load.run(server, [work.request("PUT", work.path("manifests/v00000000"), manifest_bytes(0),
                                   work.OCI_IMAGE)], 1)


class SeededBerth(Berth):
    """Started on an empty directory, stopped, loaded, started again."""

    metadata = True

    def __init__(self, folder, name, plan, load):
        self.name = name
        self.plan = plan
        super().__init__(folder)
        try:
            push_template(self, load)
        finally:
            self.stop()
        started = time.monotonic()
        self.seed()
        self.seed_seconds = time.monotonic() - started
        super().__init__(folder)

    def catalog_path(self):
        return self.folder / "data" / "catalog.db"

    def seed(self):
        catalog = Catalog(self.catalog_path())
        catalog.add_large(MANY, self.plan.manifests, self.plan.tags, self.plan)
        if self.plan.single_tags:
            catalog.add_large(SINGLE, 1, self.plan.single_tags, self.plan)
        for name in self.plan.doomed:
            catalog.add_large(name, self.plan.doomed_tags // 100, self.plan.doomed_tags, self.plan)
        catalog.add_others(self.plan.others)
        catalog.check()
        catalog.close()


class SeededRegistry(DockerRegistry):
    """docker-registry over files of the layout that it writes itself."""

    metadata = False

    def __init__(self, folder, plan, load):
        self.plan = plan
        super().__init__(folder)
        try:
            push_template(self, load)
        finally:
            self.stop()
        started = time.monotonic()
        self.seed()
        self.seed_seconds = time.monotonic() - started
        super().__init__(folder)

    def seed(self):
        self.root = self.folder / "data" / "docker" / "registry" / "v2"
        for number in range(self.plan.manifests):
            content = manifest_bytes(number)
            value = work.digest_of(content).split(":")[1]
            self.write(f"blobs/sha256/{value[:2]}/{value}/data", content)
        self.add_repository(MANY, self.plan.digests,
                            ((self.plan.tag(number), self.plan.digest_of_tag(number))
                             for number in range(self.plan.tags)))
        for name in self.plan.others:
            self.add_repository(name, self.plan.digests[:1],
                                [("v00000000", self.plan.digests[0])])

    def write(self, path, content):
        full = f"{self.root}/{path}"
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(content)

    def link(self, path, digest):
        self.write(f"{path}/link", digest.encode())

    def add_repository(self, name, digests, tags):
        base = f"repositories/{name}"
        for content in (CONFIG, work.SMALL):
            digest = work.digest_of(content)
            self.link(f"{base}/_layers/{digest.replace(':', '/')}", digest)
        for digest in digests:
            self.link(f"{base}/_manifests/revisions/{digest.replace(':', '/')}", digest)
        for tag, digest in tags:
            self.link(f"{base}/_manifests/tags/{tag}/current", digest)
            self.link(f"{base}/_manifests/tags/{tag}/index/{digest.replace(':', '/')}", digest)
