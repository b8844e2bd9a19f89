# SPDX-License-Identifier: Apache-2.0
"""Clients that push images, tag, delete and pull all the time, and remember what they were told."""

import random
import threading

from client import BROKEN, Client, Failure, content_of, digest_of, expect, image_of

CONFIG = b"{}"


class Pusher(threading.Thread):
    """One client in a repository of its own: nobody else changes what it knows."""

    def __init__(self, server, number, seed, rest=0.0):
        super().__init__(daemon=True)
        self.repository = f"load/r{number}"
        self.server, self.rest = server, rest
        self.random = random.Random(f"{seed} {number}")
        self.stopping = threading.Event()
        self.lock = threading.Lock()
        self.images = {}  # tag -> (manifest bytes, layers), acknowledged and not being deleted
        self.failure = None
        self.pushed = self.deleted = 0

    def run(self):
        try:
            with Client(self.server, self.repository) as client:
                while not self.stopping.wait(self.rest):
                    self._act(client)
        except BROKEN as problem:
            if not self.stopping.is_set():
                self.failure = problem
        except Failure as problem:
            self.failure = problem

    def _act(self, client):
        if len(self.images) > 6 and self.random.random() < 0.5:
            self._remove(client)
        else:
            self._push(client)

    def _push(self, client):
        name = f"t{self.pushed}"
        layers = [content_of(self.random.choice((300, 9_000, 40_000, 300_000)),
                             f"{self.repository} {name} {i} {self.random.random()}")
                  for i in range(2)]
        for content in (CONFIG, *layers):
            client.push_blob(content)
        manifest = image_of(CONFIG, layers)
        client.push_manifest(name, manifest)
        with self.lock:
            self.images[name] = (manifest, layers)
        self.pushed += 1

    def _remove(self, client):
        with self.lock:
            name = self.random.choice(sorted(self.images))
            manifest, layers = self.images.pop(name)
        client.wanted(202, "DELETE", client.path(f"manifests/{digest_of(manifest)}"))
        for content in layers:
            answer = client.request("DELETE", client.path(f"blobs/{digest_of(content)}"))
            # Its link may have been collected already.
            expect(answer.status in (202, 404), f"DELETE of a blob: {answer.status}")
        self.deleted += 1

    def snapshot(self):
        with self.lock:
            return dict(self.images)

    def check(self, server, images):
        """Everything of `images` is there, byte for byte."""
        with Client(server, self.repository) as client:
            for name, (manifest, layers) in images.items():
                expect(client.get_manifest(name) == manifest, f"{self.repository}:{name}")
                for content in (CONFIG, *layers):
                    client.check_blob(content)


class Load:
    def __init__(self, server, seed, clients=3, rest=0.0):
        self.pushers = [Pusher(server, i, seed, rest) for i in range(clients)]

    def __enter__(self):
        for pusher in self.pushers:
            pusher.start()
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        for pusher in self.pushers:
            pusher.stopping.set()
        for pusher in self.pushers:
            if pusher.is_alive():
                pusher.join(60)

    def expect_well(self):
        for pusher in self.pushers:
            if pusher.failure:
                raise Failure(f"{pusher.repository}: {pusher.failure}")

    def counts(self):
        return (sum(one.pushed for one in self.pushers), sum(one.deleted for one in self.pushers))

    def snapshots(self):
        return {pusher: pusher.snapshot() for pusher in self.pushers}
