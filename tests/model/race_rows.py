# SPDX-License-Identifier: Apache-2.0
"""What is raced: one Row for each way of docs/locks.md in which a lock stops a change. A row makes
a fresh place for every round, says what the clients send, which PATCH sets the lock, and what may
not move any more once that PATCH is answered.

Where a change can be made once only (deletions), clients put back what they delete: the PATCH is
then repeated until it finds something to lock."""

import json
from urllib.parse import urlencode

from universe import Content, OCI_INDEX, image

CLIENTS = 5
SOURCE = "race/source"


class Try:
    """One request. `judged`: it is a change of the kind that the lock forbids; others only put
    back what was deleted."""

    def __init__(self, method, target, body=None, media_type=None, judged=True):
        self.method = method
        self.target = target
        self.body = body
        self.headers = {"Content-Type": media_type} if media_type else {}
        self.judged = judged


def empty_index(note, subject=None):
    """A manifest that needs nothing else to be there."""
    more = {"subject": {"mediaType": subject.media_type, "digest": subject.digest,
                        "size": len(subject.bytes)}} if subject else {}
    return Content(note, {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [],
                          "annotations": {"org.example.note": note}, **more})


def image_of(blobs):
    config, *layers = blobs
    return image("image of all", config, layers, (None, None))


def put(repository, content, reference=None, judged=True, tags=()):
    query = "?" + urlencode([("tag", tag) for tag in tags]) if tags else ""
    return Try("PUT", f"/v2/{repository}/manifests/{reference or content.digest}{query}",
               content.bytes, content.media_type, judged)


def mounting(repository, blob, source=SOURCE):
    return Try("POST", f"/v2/{repository}/blobs/uploads/?mount={blob.digest}&from={source}")


def everything(answer):
    return answer


def created(answer):
    """For what may be pushed again, but not go: it is still the one that was locked."""
    item = answer.get("tag") or answer.get("manifest") or answer
    return {"createdTime": item.get("createdTime")}


class Row:
    """One row, one round; the place is `self.repository`, where `self.keeper` always stays."""

    name = ""
    level = ""  # below /acr/v1/REPOSITORY
    lock = {"writeEnabled": False}
    done = (201,)
    refused = (405,)
    frozen = staticmethod(everything)  # of the locked thing's attributes: what may not move
    also = ()  # further paths, {} is the repository, whose answers may not move

    def __init__(self, place, blobs):
        self.repository = place
        self.blobs = blobs
        self.main = empty_index(f"main of {place}")
        self.other = empty_index(f"other of {place}")
        self.keeper = empty_index(f"keeper of {place}")

    @property
    def item(self):
        return f"/acr/v1/{self.repository}{self.level.format(self.main.digest)}"

    def prepare(self, client):
        client.must(put(self.repository, self.keeper, "keeper"), 201)
        client.must(put(self.repository, self.main, "t"), 201)

    def tries(self, number):
        """What client `number` sends, without end unless it can be done only so often."""
        raise NotImplementedError

    def looked_at(self):
        return [path.format(self.repository) for path in self.also]

    def afterwards(self, client):
        """Last checks of a round, when nobody else is at it."""


LISTS = ("/acr/v1/{}/_tags?n=1000", "/acr/v1/{}/_manifests?n=1000")


# --- Pushing


class PutByTag(Row):
    name = "PUT by tag, T write"
    level = "/_tags/t"

    def tries(self, number):
        contents = [self.main, self.other, empty_index(f"{self.repository} {number}")]
        while True:
            for content in contents:
                yield put(self.repository, content, "t")


class PutWithTags(Row):
    name = "PUT by digest with two tags, one T write"
    level = "/_tags/t"
    also = (*LISTS, "/acr/v1/{}")

    def tries(self, number):
        turn = 0
        while True:
            turn += 1
            content = empty_index(f"{self.repository} {number} {turn}")
            yield put(self.repository, content, tags=("a", "t"))


class PutByTagIntoLocked(PutByTag):
    name = "PUT by tag, R write"
    level = ""
    also = LISTS


class PutByDigest(Row):
    name = "PUT by digest, R write"
    also = LISTS

    def tries(self, number):
        turn = 0
        while True:
            turn += 1
            yield put(self.repository, empty_index(f"{self.repository} {number} {turn}"))


class Attach(Row):
    name = "attach a referrer, R write"

    def tries(self, number):
        turn = 0
        while True:
            turn += 1
            yield put(self.repository,
                      empty_index(f"{self.repository} {number} {turn}", self.main))

    def looked_at(self):
        return [f"/v2/{self.repository}/referrers/{self.main.digest}",
                f"/acr/v1/{self.repository}/_manifests?n=1000"]


# --- Uploads and mounts


class BlobRow(Row):
    """The blobs that are there are what may not change."""

    def looked_at(self):
        return [f"HEAD /v2/{self.repository}/blobs/{blob.digest}" for blob in self.blobs]


class StartUpload(Row):
    name = "start an upload, R write"
    done = (202,)

    def tries(self, number):
        while True:
            yield Try("POST", f"/v2/{self.repository}/blobs/uploads/")


class FinishUpload(BlobRow):
    """Every second blob is stored already, for another repository."""

    name = "finish an upload, R write"

    def __init__(self, place, blobs):
        fresh = [type(blob)(f"{place} {blob.digest}".encode()) for blob in blobs[1::2]]
        super().__init__(place, [one for pair in zip(blobs[::2], fresh) for one in pair])
        self.links = {}

    def prepare(self, client):
        super().prepare(client)
        for blob in self.blobs:
            start = client.must(Try("POST", f"/v2/{self.repository}/blobs/uploads/"), 202)
            part = client.must(Try("PATCH", start.headers["Location"], blob.content,
                                   "application/octet-stream"), 202)
            self.links[blob.digest] = part.headers["Location"]

    def finish(self, blob):
        link = self.links[blob.digest]
        return Try("PUT", f"{link}{'&' if '?' in link else '?'}digest={blob.digest}")

    def tries(self, number):
        for blob in self.blobs[number::CLIENTS]:
            yield self.finish(blob)

    def afterwards(self, client):
        """The sessions that met the lock have kept their bytes."""
        left = [blob for blob in self.blobs if client.status(
            Try("HEAD", f"/v2/{self.repository}/blobs/{blob.digest}")) == 404]
        client.must(Try("PATCH", self.item, json.dumps({"writeEnabled": True}).encode(),
                        "application/json"), 200)
        for blob in left:
            client.must(self.finish(blob), 201)


class MountInto(BlobRow):
    name = "mount into R, R write"

    def tries(self, number):
        for blob in self.blobs[number::CLIENTS]:
            yield mounting(self.repository, blob)


class MountFrom(BlobRow):
    """The lock is on the source; a refused mount is an upload."""

    name = "mount from R, R read"
    lock = {"readEnabled": False}
    refused = (202,)

    @property
    def source(self):
        return f"{self.repository}-source"

    @property
    def item(self):
        return f"/acr/v1/{self.source}"

    def prepare(self, client):
        super().prepare(client)
        for blob in self.blobs:
            client.must(mounting(self.source, blob), 201)
        # What holds only blobs has no attributes.
        client.must(put(self.source, self.keeper), 201)

    def tries(self, number):
        for blob in self.blobs[number::CLIENTS]:
            yield mounting(self.repository, blob, self.source)


# --- Deleting


class DeleteTag(Row):
    name = "DELETE tag, T delete"
    level = "/_tags/t"
    lock = {"deleteEnabled": False}
    done = (202,)
    frozen = staticmethod(created)

    def tries(self, number):
        while True:
            yield Try("DELETE", f"/acr/v1/{self.repository}/_tags/t")
            yield put(self.repository, self.main, "t", judged=False)


class DeleteTagForWrite(DeleteTag):
    name = "DELETE tag, T write"
    lock = Row.lock
    frozen = staticmethod(everything)


class DeleteTagOfLocked(DeleteTagForWrite):
    name = "DELETE tag, R write"
    level = ""
    also = LISTS


class DeleteManifest(Row):
    name = "DELETE manifest, M delete"
    level = "/_manifests/{}"
    lock = {"deleteEnabled": False}
    done = (202,)
    frozen = staticmethod(created)

    def tries(self, number):
        while True:
            yield Try("DELETE", f"/v2/{self.repository}/manifests/{self.main.digest}")
            yield put(self.repository, self.main, judged=False)


class DeleteManifestForWrite(DeleteManifest):
    """Pushing it again does not touch it either."""

    name = "DELETE manifest, M write"
    lock = Row.lock
    frozen = staticmethod(everything)


class DeleteManifestOfTag(DeleteManifest):
    name = "DELETE manifest, T delete"
    level = "/_tags/t"

    def tries(self, number):
        while True:
            yield Try("DELETE", f"/v2/{self.repository}/manifests/{self.main.digest}")
            yield put(self.repository, self.main, "t", judged=False)


class DeleteManifestOfLocked(DeleteManifestForWrite):
    name = "DELETE manifest, R write"
    level = ""
    also = LISTS


class DeleteSubject(Row):
    """The lock is on what is attached to it."""

    name = "DELETE manifest, M delete of its referrer"
    lock = {"deleteEnabled": False}
    done = (202,)
    frozen = staticmethod(created)

    def __init__(self, place, blobs):
        super().__init__(place, blobs)
        self.referrer = empty_index(f"referrer of {place}", self.main)

    @property
    def item(self):
        return f"/acr/v1/{self.repository}/_manifests/{self.referrer.digest}"

    def prepare(self, client):
        super().prepare(client)
        client.must(put(self.repository, self.referrer, "sig"), 201)

    def tries(self, number):
        while True:
            yield Try("DELETE", f"/v2/{self.repository}/manifests/{self.main.digest}")
            yield put(self.repository, self.main, judged=False)
            yield put(self.repository, self.referrer, "sig", judged=False)


class DeleteSubjectOfTag(DeleteSubject):
    name = "DELETE manifest, T delete on its referrer"

    @property
    def item(self):
        return f"/acr/v1/{self.repository}/_tags/sig"


class DeleteBlob(BlobRow):
    name = "DELETE blob, M delete"
    level = "/_manifests/{}"
    lock = {"deleteEnabled": False}
    done = (202,)

    def __init__(self, place, blobs):
        super().__init__(place, blobs)
        self.main = image_of(blobs)

    def prepare(self, client):
        for blob in self.blobs:
            client.must(mounting(self.repository, blob), 201)
        super().prepare(client)

    def tries(self, number):
        for blob in self.blobs[number::CLIENTS]:
            yield Try("DELETE", f"/v2/{self.repository}/blobs/{blob.digest}")


class DeleteBlobOfTag(DeleteBlob):
    name = "DELETE blob, T write"
    level = "/_tags/t"
    lock = Row.lock


class DeleteBlobOfLocked(DeleteBlob):
    name = "DELETE blob, R write"
    level = ""
    lock = Row.lock


class DeleteRepository(Row):
    name = "DELETE repository, T delete"
    level = "/_tags/t"
    lock = {"deleteEnabled": False}
    done = (202,)
    frozen = staticmethod(created)

    def tries(self, number):
        while True:
            yield Try("DELETE", f"/acr/v1/{self.repository}")
            yield put(self.repository, self.main, "t", judged=False)


class DeleteRepositoryOfManifest(DeleteRepository):
    name = "DELETE repository, M write"
    level = "/_manifests/{}"
    lock = Row.lock


class DeleteLockedRepository(DeleteRepository):
    name = "DELETE repository, R delete"
    level = ""


ROWS = (PutByTag, PutWithTags, PutByTagIntoLocked, PutByDigest, Attach,
        StartUpload, FinishUpload, MountInto, MountFrom,
        DeleteTag, DeleteTagForWrite, DeleteTagOfLocked,
        DeleteManifest, DeleteManifestForWrite, DeleteManifestOfTag, DeleteManifestOfLocked,
        DeleteSubject, DeleteSubjectOfTag,
        DeleteBlob, DeleteBlobOfTag, DeleteBlobOfLocked,
        DeleteRepository, DeleteRepositoryOfManifest, DeleteLockedRepository)
