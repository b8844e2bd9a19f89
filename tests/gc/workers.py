# SPDX-License-Identifier: Apache-2.0
"""The clients: each worker pushes, mounts and deletes in its own slots and pulls everybody's."""

import json
import random
import threading
import time

from client import BROKEN, OCI_IMAGE, Client, content_of, digest_of

SCRATCH = "gc/scratch"  # has blobs and never a manifest: mounts come from it when they can
REPOSITORIES = ["gc/one", "gc/two", "gc/three"]
# Few, so that workers meet, and enough that most are garbage at any time; some in the catalog and
# some in files.
CONTENTS = [content_of(size + number, f"gc {size} {number}") for number in range(3)
            for size in (40, 900, 9000, 17000, 40000, 150000)]
PUSH_TRIES = 200
DAWDLE_SECONDS = 0.1  # between the blobs of a push and its manifest
SECONDS_DOWN = 30


class Image:
    """A manifest that nobody else pushes, of blobs that everybody has."""

    def __init__(self, blobs, owner):
        self.blobs = blobs
        config, *layers = blobs
        def descriptor(media_type, content):
            return {"mediaType": media_type, "digest": digest_of(content), "size": len(content)}
        self.bytes = json.dumps({
            "schemaVersion": 2, "mediaType": OCI_IMAGE,
            "config": descriptor("application/vnd.oci.image.config.v1+json", config),
            "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", one)
                       for one in layers],
            "annotations": {"owner": owner}}).encode()
        self.digest = digest_of(self.bytes)


class Refused(Exception):
    """An answer that no client should get."""


class Worker(threading.Thread):
    def __init__(self, number, place, slots, everybody, tally):
        super().__init__(name=f"worker {number}", daemon=True)
        self.place = place  # .host, .port of the server, whichever runs; .stopping
        self.slots = slots
        self.everybody = everybody
        self.tally = tally
        self.random = random.Random(f"{place.seed} {number}")
        self.client = None
        self.pushed = 0

    def run(self):
        while not self.place.stopping.is_set():
            slot = self.random.choice(self.slots)
            step = self.random.choices(
                [self.push, self.delete, self.pull, self.litter, self.check_blob],
                [5, 5, 6, 2, 1])[0]
            try:
                step(slot)
            except BROKEN:
                self.tally.count("connections lost")
                self.client = None
                self.wait_for_server()
            except Refused as problem:
                self.tally.fail(f"{self.name}: {problem}")

    def wait_for_server(self):
        limit = time.monotonic() + SECONDS_DOWN
        while time.monotonic() < limit:
            try:
                self.request("GET", "/v2/")
                return
            except BROKEN:
                self.client = None
                time.sleep(0.05)
        self.tally.fail(f"{self.name}: no server")

    def request(self, method, target, body=None, headers=None):
        if self.client is None:
            self.client = Client(self.place)
        answer = self.client.request(method, target, body, headers)
        if answer.status >= 500 and answer.status != 503:
            raise Refused(f"{method} {target[:90]}: {answer.status} {answer.body[:200]!r}")
        return answer

    # Pushing

    def push(self, slot):
        count = self.random.randrange(1, 4)
        self.pushed += 1
        image = Image(self.random.sample(CONTENTS, count), f"{self.name} {self.pushed}")
        slot.change(image)
        for attempt in range(PUSH_TRIES):
            for blob in image.blobs:
                self.bring(slot.repository, blob)
            if self.random.random() < 0.2:
                time.sleep(self.random.random() * DAWDLE_SECONDS)
            answer = self.request("PUT", f"/v2/{slot.repository}/manifests/{slot.tag}",
                                  image.bytes, {"Content-Type": OCI_IMAGE})
            if answer.status == 201:
                slot.settle(image)
                self.tally.count("pushes")
                self.drop_stale(slot)
                return
            if answer.status != 503 and answer.error_code() != "MANIFEST_BLOB_UNKNOWN":
                raise Refused(f"PUT manifest: {answer.status} {answer.body[:200]!r}")
            self.tally.count("pushes that had to bring blobs again")
        raise Refused(f"a push was refused {PUSH_TRIES} times")

    def bring(self, repository, blob):
        """As clients do: ask, then mount, then upload."""
        digest = digest_of(blob)
        asked = self.request("HEAD", f"/v2/{repository}/blobs/{digest}")
        if asked.status == 200:
            self.tally.count("uploads skipped")
            return
        if asked.status not in (404, 503):
            raise Refused(f"HEAD blob: {asked.status}")
        if self.random.random() < 0.5:
            source = self.random.choice(REPOSITORIES + [SCRATCH])
            mounted = self.request("POST", f"/v2/{repository}/blobs/uploads/?mount={digest}"
                                   f"&from={source}")
            if mounted.status == 201:
                self.tally.count("mounts")
                return
            if mounted.status != 202 or self.finish(mounted.headers["Location"], blob):
                return
        self.upload(repository, blob)

    def finish(self, link, blob):
        """Of a session that was begun; True when the blob is there."""
        if self.random.random() < 0.5:
            half = len(blob) // 2
            sent = self.request("PATCH", link, blob[:half])
            if sent.status != 202:
                return False
            link, rest = sent.headers["Location"], blob[half:]
        else:
            rest = blob
        done = self.request("PUT", f"{link}&digest={digest_of(blob)}", rest)
        if done.status not in (201, 404, 503):
            raise Refused(f"PUT blob: {done.status} {done.body[:200]!r}")
        return done.status == 201

    def upload(self, repository, blob):
        if self.random.random() < 0.5:
            answer = self.request(
                "POST", f"/v2/{repository}/blobs/uploads/?digest={digest_of(blob)}", blob)
            if answer.status not in (201, 503):
                raise Refused(f"POST blob: {answer.status} {answer.body[:200]!r}")
            return
        begun = self.request("POST", f"/v2/{repository}/blobs/uploads/")
        if begun.status == 202:
            self.finish(begun.headers["Location"], blob)

    def litter(self, _slot):
        """A blob that no manifest will need, sometimes deleted again, or a session left alone."""
        blob = self.random.choice(CONTENTS)
        kind = self.random.randrange(4)
        if kind == 0:
            self.request("DELETE", f"/v2/{SCRATCH}/blobs/{digest_of(blob)}")
        elif kind == 1:
            begun = self.request("POST", f"/v2/{SCRATCH}/blobs/uploads/")
            if begun.status == 202:
                self.request("PATCH", begun.headers["Location"], blob)
        else:
            self.upload(SCRATCH, blob)

    # Deleting

    def delete(self, slot):
        image = self.random_known(slot)
        if image is None:
            return
        slot.change(None)
        answer = self.request("DELETE", f"/v2/{slot.repository}/manifests/{image.digest}")
        if answer.status == 503:
            return
        if answer.status != 202:
            raise Refused(f"DELETE manifest: {answer.status} {answer.body[:200]!r}")
        slot.settle(None)
        self.tally.count("deletions")
        self.drop_stale(slot)

    def drop_stale(self, slot):
        """An image that lost its tag to another stays until somebody deletes it."""
        while slot.stale:
            target = f"/v2/{slot.repository}/manifests/{slot.stale[-1].digest}"
            answer = self.request("DELETE", target)
            if answer.status not in (202, 404):
                return
            slot.stale.pop()

    @staticmethod
    def random_known(slot):
        _version, images = slot.look()
        return images[0] if len(images) == 1 else None

    # Pulling

    def pull(self, _slot):
        """Anybody's image. What was there all the time must be all there."""
        slot = self.random.choice(self.everybody)
        before, images = slot.look()
        answer = self.request("GET", f"/v2/{slot.repository}/manifests/{slot.tag}")
        image = images[0]
        problem = None
        if answer.status == 503:
            return
        if len(images) == 1 and image is not None and answer.status != 200:
            problem = f"manifest {slot.repository}:{slot.tag} is {answer.status}"
        if len(images) == 1 and image is not None and answer.status == 200:
            if answer.body != image.bytes:
                problem = f"manifest {slot.repository}:{slot.tag} is another one"
            else:
                problem = self.pull_blobs(slot.repository, image)
        after, _images = slot.look()
        if problem and before == after:
            raise Refused(problem)
        self.tally.count("pulls" if before == after else "pulls overtaken")

    def pull_blobs(self, repository, image):
        for blob in image.blobs:
            answer = self.request("GET", f"/v2/{repository}/blobs/{digest_of(blob)}")
            if answer.status == 200 and answer.body != blob:
                raise Refused(f"blob {digest_of(blob)} has other bytes")
            if answer.status != 200:
                return (f"blob {digest_of(blob)} of a visible manifest is {answer.status} "
                        f"{answer.body[:120]!r}")
        return None

    def check_blob(self, _slot):
        blob = self.random.choice(CONTENTS)
        repository = self.random.choice(REPOSITORIES + [SCRATCH])
        answer = self.request("GET", f"/v2/{repository}/blobs/{digest_of(blob)}")
        if answer.status not in (200, 404, 503):
            raise Refused(f"GET blob: {answer.status}")
        if answer.status == 200 and answer.body != blob:
            raise Refused(f"blob {digest_of(blob)} has other bytes")
