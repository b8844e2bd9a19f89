# SPDX-License-Identifier: Apache-2.0
"""Blobs nobody has pushed before, of any size, without files of that size: bytes of one filler,
which the load program has in memory, and sixteen of their own at the end."""

import hashlib
import itertools
import os

from servers import REPOSITORY
from work import OCTETS, Request, head_of, path

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
FILLER_BYTES = 64 * MIB
CHUNK = 4 * MIB
FRAME = 32 * KIB  # what Go's HTTP client writes at a time
OWN = 16


class Blobs:
    """Makes the filler (random, so that nothing compresses) and hands out blobs."""

    def __init__(self, folder):
        self.filler = folder / "filler"
        self.content = os.urandom(FILLER_BYTES)
        self.filler.write_bytes(self.content)
        self.number = itertools.count()
        self.prefixes = {}  # size -> hash of what comes before the blob's own bytes

    def unique(self, size):
        return Blob(self, size, b"%016x" % next(self.number))

    def hash_of_prefix(self, size):
        if size not in self.prefixes:
            found = hashlib.sha256()
            for piece in self.pieces(size - OWN):
                found.update(piece)
            self.prefixes[size] = found
        return self.prefixes[size].copy()

    def pieces(self, size, most=FILLER_BYTES):
        """Views of the `size` bytes that the filler gives, `most` at a time."""
        view = memoryview(self.content)
        for at in range(0, size, most):
            start = at % FILLER_BYTES
            yield view[start:start + min(most, size - at)]


class Blob:
    def __init__(self, blobs, size, own):
        self.size, self.own = size, own
        found = blobs.hash_of_prefix(size)
        found.update(own)
        self.digest = "sha256:" + found.hexdigest()

    def body(self, method, target, fields, frame=0):
        """One request with all of it."""
        return Request(head_of(method, target, {**fields, "Content-Type": OCTETS}), self.own, 0,
                       self.size - OWN, frame)

    def monolithic(self, repository=REPOSITORY):
        """POST, PUT."""
        return [self.post(repository),
                self.body("PUT", f"@LOCATION@&digest={self.digest}",
                          {"Content-Length": self.size})]

    def chunked(self, repository=REPOSITORY):
        """POST, a PATCH for every 4 MiB, PUT."""
        return [self.post(repository), *self.patches(), self.put()]

    def streamed(self, repository=REPOSITORY):
        """POST, one PATCH whose length is not told, PUT."""
        return [self.post(repository),
                self.body("PATCH", "@LOCATION@", {"Transfer-Encoding": "chunked"}, FRAME),
                self.put()]

    def as_docker(self, repository=REPOSITORY):
        """As docker pushes a layer: asks for it, then streams it."""
        ask = Request(head_of("HEAD", path(f"blobs/{self.digest}", repository), {}), status=404)
        return [ask, *self.streamed(repository)]

    def post(self, repository):
        return Request(head_of("POST", path("blobs/uploads/", repository),
                               {"Content-Length": 0}))

    def put(self):
        return Request(head_of("PUT", f"@LOCATION@&digest={self.digest}", {"Content-Length": 0}))

    def patches(self):
        for at in range(0, self.size, CHUNK):
            end = min(at + CHUNK, self.size)
            last = end == self.size
            head = head_of("PATCH", "@LOCATION@", {
                "Content-Length": end - at, "Content-Range": f"{at}-{end - 1}",
                "Content-Type": OCTETS})
            yield Request(head, self.own if last else b"", at, end - at - (OWN if last else 0))
