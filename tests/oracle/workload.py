# SPDX-License-Identifier: Apache-2.0
"""Clients that push, tag, mount, lock and delete without a pause, each in a repository of its own,
and write every request and every answer into the journal."""

import json
import random
import threading

from client import BROKEN, Client, Failure, content_of, digest_of, expect, image_of
from journal import Upload

INLINE_MAX = 16 << 10  # up to this size a blob is kept in the catalog
MANIFESTS_MAX = 12
UPLOADS_MAX = 3
TAGS = ("latest", "stable", "v1", "v2", "v3")


class Worker(threading.Thread):
    """`collected`: blobs that no manifest uses may go at any time. `softly`: what is deleted goes
    to the bin, and comes back now and then."""

    def __init__(self, server, journal, repository, others, seed, collected=False, softly=False):
        super().__init__(daemon=True)
        self.server = server
        self.journal = journal
        self.repository = repository
        self.others = others
        self.random = random.Random(f"{seed} {repository}")
        self.seed = seed
        self.collected = collected
        self.softly = softly
        self.state = journal.entries[repository][-1].after
        self.number = 0
        self.problem = None
        self.stopping = threading.Event()
        self.client = None
        self.known = journal.known

    def run(self):
        try:
            with Client(self.server, self.repository) as self.client:
                while not self.stopping.is_set():
                    self.step()
        except BROKEN as problem:
            if not self.stopping.is_set():
                self.problem = problem
        except Exception as problem:  # told by whoever joins the thread
            self.problem = problem

    def step(self):
        kinds = self.KINDS
        self.random.choices([kind for kind, _ in kinds], [weight for _, weight in kinds])[0](self)

    # --- One change

    def change(self, kind, after, during, status, method, target, body=None, headers=None):
        """True when it was acknowledged; with collection a manifest may come too late."""
        entry = self.journal.start(self.repository, kind, after, during)
        answer = self.client.request(method, target, body, headers)
        if answer.status == status:
            self.journal.acknowledge(entry)
            self.state = after
            return True
        expect(self.collected and answer.status in (400, 404),
               f"{kind}: {method} {target[:160]}: {answer.status} {answer.body[:300]!r}")
        self.journal.refuse(self.repository, entry)
        return False

    def pick(self, items):
        items = sorted(items)
        return self.random.choice(items) if items else None

    def fresh(self, most):
        self.number += 1
        small = self.random.random() < 0.5
        size = self.random.randrange(1, INLINE_MAX + 1) if small else \
            self.random.randrange(INLINE_MAX, most)
        return content_of(size, f"{self.seed} {self.repository} {self.number}")

    def with_blob(self, content):
        after = self.state.copy()
        after.blobs[digest_of(content)] = content
        after.gone.discard(digest_of(content))
        return after

    # --- Blobs

    def push_blob(self):
        content = self.fresh(200_000)
        self.change("push", self.with_blob(content), None, 201, "POST", self.client.path(
            f"blobs/uploads/?digest={digest_of(content)}"), content)

    def push_known(self):
        """Content that was there and was removed, or is there."""
        digest = self.pick(self.state.gone) or self.pick(self.state.blobs)
        content = self.state.blobs.get(digest) or self.known.get(digest)
        if content is not None:
            self.change("push again", self.with_blob(content), None, 201, "POST", self.client.path(
                f"blobs/uploads/?digest={digest}"), content)

    def begin_upload(self):
        if len(self.state.uploads) >= UPLOADS_MAX:
            return
        content = self.fresh(3_000_000 if self.random.random() < 0.1 else 300_000)
        self.patch(self.client.start_upload(), Upload(0, 0, content))

    def patch(self, link, upload):
        left = len(upload.content) - upload.most
        piece = upload.content[upload.most:upload.most + self.random.randrange(1, left + 1)]
        after, during = self.state.copy(), self.state.copy()
        most = upload.most + len(piece)
        during.uploads[link] = Upload(upload.least, most, upload.content)
        # An offset of 1 is told as 0-0, which is also said of nothing.
        after.uploads[link] = Upload(most if most > 1 else 0, most, upload.content)
        self.change("PATCH", after, during, 202, "PATCH", link, piece,
                    {"Content-Range": f"{upload.most}-{most - 1}"})

    def go_on(self):
        link = self.pick(self.state.uploads)
        if link is None:
            return
        upload = self.state.uploads[link]
        if upload.most < len(upload.content) and self.random.random() < 0.6:
            self.patch(link, upload)
        else:
            self.close(link, upload)

    def close(self, link, upload):
        digest, rest = digest_of(upload.content), upload.content[upload.most:]
        after, during = self.with_blob(upload.content), self.state.copy()
        del after.uploads[link]
        during.uploads[link] = Upload(upload.least, len(upload.content), upload.content)
        entry = self.journal.start(self.repository, "close", after, during)
        answer = self.client.close_upload(link, digest, rest)
        expect(answer.status == 201, f"close: {answer.status} {answer.body[:300]!r}")
        self.journal.acknowledge(entry)
        self.state = after

    def mount(self):
        """From a repository whose client is busy, so of what it had a moment ago."""
        source = self.random.choice(self.others)
        entries = self.journal.entries[source]
        there = entries[-1].after
        digest = self.pick(there.used())
        if digest is None or digest in self.state.blobs or digest not in there.blobs:
            return
        after = self.with_blob(there.blobs[digest])
        entry = self.journal.start(self.repository, "mount", after)
        answer = self.client.request("POST", self.client.path(
            f"blobs/uploads/?mount={digest}&from={source}"))
        if answer.status == 201:
            self.journal.acknowledge(entry)
            self.state = after
            return
        expect(answer.status == 202, f"mount: {answer.status} {answer.body[:300]!r}")
        self.journal.refuse(self.repository, entry)
        self.client.request("DELETE", answer.headers["Location"])

    def remove_blob(self):
        digest = self.pick(set(self.state.blobs) - self.state.used() - self.state.binned())
        if digest is None:
            return
        after = self.state.copy()
        self.known[digest] = after.blobs.pop(digest)
        after.gone.add(digest)
        entry = self.journal.start(self.repository, "remove blob", after)
        answer = self.client.request("DELETE", self.client.path(f"blobs/{digest}"))
        expect(answer.status == 202 or self.collected and answer.status == 404,
               f"DELETE of a blob: {answer.status} {answer.body[:300]!r}")
        self.journal.acknowledge(entry)
        self.state = after

    # --- Manifests and tags

    def push_image(self):
        state = self.state
        if len(state.blobs) < 2 or len(state.manifests) >= MANIFESTS_MAX:
            return
        config, *layers = [state.blobs[digest] for digest in self.random.sample(
            sorted(state.blobs), min(len(state.blobs), self.random.randrange(2, 5)))]
        manifest = image_of(config, layers)
        self.put(manifest, {digest_of(blob) for blob in (config, *layers)})

    def move_tag(self):
        digest = self.pick(self.state.manifests)
        if digest is not None:
            self.put(self.state.manifests[digest], self.state.uses[digest])

    def put(self, manifest, uses):
        digest = digest_of(manifest)
        free = [tag for tag in TAGS if self.can_write(tag)]
        reference = self.random.choice(free) if free and self.random.random() < 0.8 else digest
        if not self.can_write(digest):
            return
        after = self.state.copy()
        after.manifests[digest], after.uses[digest] = manifest, uses
        after.bin.pop(digest, None)
        if reference != digest:
            after.tags[reference] = digest
        self.change("manifest", after, None, 201, "PUT", self.client.path(f"manifests/{reference}"),
                    manifest, {"Content-Type": json.loads(manifest)["mediaType"]})

    def can_write(self, name):
        return self.state.locks.get(name, {}).get("writeEnabled", True)

    def can_go(self, name):
        return all(self.state.locks.get(name, {}).values())

    def untag(self):
        tag = self.pick(tag for tag in self.state.tags if self.can_go(tag))
        if tag is None:
            return
        after = self.state.copy()
        del after.tags[tag]
        after.locks.pop(tag, None)
        self.change("untag", after, None, 202, "DELETE", f"/acr/v1/{self.repository}/_tags/{tag}")

    def remove_manifest(self):
        state = self.state
        digest = self.pick(digest for digest in state.manifests if self.can_go(digest) and all(
            self.can_go(tag) for tag, target in state.tags.items() if target == digest))
        if digest is None:
            return
        after = state.copy()
        after.remove_manifest(digest, self.softly)
        self.change("remove manifest", after, None, 202, "DELETE",
                    self.client.path(f"manifests/{digest}"))

    def remove_repository(self):
        state = self.state
        if not state.manifests or not all(self.can_go(name) for name in state.locks):
            return
        after = type(state)(gone=set(state.gone) | set(state.blobs), bin=dict(state.bin))
        if self.softly:
            after.bin.update({digest: (manifest, state.uses[digest])
                              for digest, manifest in state.manifests.items()})
        self.known.update(state.blobs)
        during = state.copy()
        during.uploads = {}
        entry = self.journal.start(self.repository, "remove repository", after, during)
        for link in state.uploads:  # what would become of them is not promised
            self.client.request("DELETE", link)
        answer = self.client.request("DELETE", f"/acr/v1/{self.repository}")
        expect(answer.status == 202, f"DELETE of a repository: {answer.status} {answer.body!r}")
        self.journal.acknowledge(entry)
        self.state = after

    def restore(self):
        """A manifest of the bin, with a tag that no other has."""
        digest = self.pick(self.state.bin)
        tag = self.pick(set(TAGS) - set(self.state.tags))
        if digest is None or tag is None:
            return
        after = self.state.copy()
        after.manifests[digest], after.uses[digest] = after.bin.pop(digest)
        after.tags[tag] = digest
        for blob in after.uses[digest]:
            after.blobs[blob] = self.state.blobs.get(blob) or self.known[blob]
        after.gone -= after.uses[digest]
        self.change("restore", after, None, 200, "POST",
                    f"/acr/v1/_deleted/{self.repository}/_manifests/{digest}?force=false",
                    json.dumps({"tag": tag}).encode(), {"Content-Type": "application/json"})

    def lock(self):
        kind, names = self.random.choice((("_tags", self.state.tags),
                                          ("_manifests", self.state.manifests)))
        name = self.pick(names)
        if name is None:
            return
        opens = self.random.random() < 0.6
        flags = {flag: opens or self.random.random() < 0.5
                 for flag in ("deleteEnabled", "writeEnabled")}
        after = self.state.copy()
        after.locks[name] = flags
        self.change("lock", after, None, 200, "PATCH", f"/acr/v1/{self.repository}/{kind}/{name}",
                    json.dumps(flags).encode(), {"Content-Type": "application/json"})

    KINDS = ((push_blob, 5), (push_known, 1), (begin_upload, 3), (go_on, 6), (mount, 3),
             (remove_blob, 2), (push_image, 5), (move_tag, 3), (untag, 2), (remove_manifest, 4),
             (remove_repository, 0.4), (restore, 3), (lock, 3))


class Alone(Worker):
    """Uploads alone, so that no other request's sync covers for one that is missing."""

    def step(self):
        if self.state.uploads:
            link = self.pick(self.state.uploads)
            upload = self.state.uploads[link]
            self.close(link, upload) if upload.most == len(upload.content) else \
                self.patch(link, upload)
            return
        self.number += 1
        content = content_of(20_000, f"{self.seed} {self.repository} {self.number}")
        self.patch(self.client.start_upload(), Upload(0, 0, content))


def fill_log(server):
    """Commits until the catalog's log has been copied and is written over from its start: a sync of
    it then has no news for the file system's journal, which would cover for others, too."""
    with Client(server, "cut/filler") as client:
        for number in range(400):
            client.push_blob(content_of(INLINE_MAX, f"filler {number}"))


class Load:
    """Workers on a server, from the start to the end of the context; or to the end of the server,
    which is `killed`."""

    WORKER = Worker

    def __init__(self, server, journal, seed, workers, collected=False, kind=Worker,
                 killed=False, softly=False):
        self.killed = killed
        names = [f"cut/r{number}" for number in range(workers)]
        for name in names:
            if name not in journal.entries:
                journal.begin(name)
        self.workers = [kind(server, journal, name, [one for one in names if one != name] or names,
                             seed, collected, softly) for name in names]

    def __enter__(self):
        for worker in self.workers:
            worker.start()
        return self

    def __exit__(self, kind, *_):
        for worker in self.workers:
            worker.stopping.set()
        for worker in self.workers:
            worker.join()
        for worker in self.workers:
            broke = self.killed and isinstance(worker.problem, BROKEN)
            if worker.problem is not None and not broke and kind is None:
                raise Failure(f"{worker.repository}: {worker.problem!r}")

    def is_well(self):
        return all(worker.is_alive() for worker in self.workers)
