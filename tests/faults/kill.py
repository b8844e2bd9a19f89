# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random instants. Whatever was acknowledged must read back byte for byte afterwards;
whatever was not can be repeated; an upload goes on from an offset between what was acknowledged and
what was sent, also one that was only begun (a power cut may take that one: its row is not synced);
no row points at missing bytes."""

import socket
import threading
import time

from catalog import check_catalog
from client import BROKEN, Client, Failure, content_of, digest_of, expect, image_of
from support.server import Server

OPTIONS = ["--anonymous", "write", "--log-access", "false"]
KINDS = ("patch", "closing_put", "manifest_put")
# Rounds beyond those asked for, as a factor, while some kind was never hit before its answer.
ROUNDS_FACTOR_MAX = 4
# Of the kills that are asked for; those of kill_work are the others.
SHARE = 0.4
BACKGROUND_CLIENTS = 2
CONFIG = b"{}"
# Up to this size a blob is kept in the catalog and needs no file; sizes go to both sides of it.
INLINE_MAX = 16 << 10


class Ledger:
    """What the server has acknowledged, across its lives."""

    def __init__(self):
        self.blobs = []  # contents
        self.tags = {}  # tag -> bytes
        self.lock = threading.Lock()

    def acknowledge(self, content):
        with self.lock:
            self.blobs.append(content)

    def check(self, client):
        for content in self.blobs:
            client.check_blob(content)
        for tag, manifest in self.tags.items():
            expect(client.get_manifest(tag) == manifest, f"tag {tag} is not what was acknowledged")


class Killer:
    """Kills the server a random time after go()."""

    def __init__(self, server, seconds):
        self.server = server
        self.seconds = seconds
        self.started = threading.Event()
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        self.started.wait()
        # The random instant is the point of the test: there is no event to wait for.
        time.sleep(self.seconds)
        self.server.kill()

    def go(self):
        self.started.set()

    def join(self):
        self.started.set()
        self.thread.join()


class Window:
    """The time within which the kill comes, in seconds. How long a step takes depends on the
    machine: the window closes in on it while steps end first, and opens again while kills do."""

    LEAST = 0.0003

    def __init__(self, most):
        self.most = self.seconds = most

    def learn(self, was_interrupted):
        if was_interrupted:
            self.seconds = min(self.most, self.seconds * 1.5)
        else:
            self.seconds = max(self.LEAST, self.seconds * 0.7)


class Background:
    """Pushes small blobs all the while, so that commits are shared with others."""

    def __init__(self, server, ledger, tag):
        self.threads = [threading.Thread(target=self._run, args=(server, ledger, f"{tag} {n}"))
                        for n in range(BACKGROUND_CLIENTS)]
        for thread in self.threads:
            thread.start()

    @staticmethod
    def _run(server, ledger, tag):
        try:
            with Client(server) as client:
                for number in range(100_000):
                    content = content_of(700 if number % 4 else 20_000, f"{tag} {number}")
                    Background.push(client, content, in_two=number % 3 == 0)
                    ledger.acknowledge(content)
        except BROKEN:
            return

    @staticmethod
    def push(client, content, in_two):
        if not in_two:
            client.push_blob(content)
            return
        link = client.start_upload()
        expect(client.patch(link, content, 0).status == 202, "PATCH")
        expect(client.close_upload(link, digest_of(content)).status == 201, "closing PUT")

    def join(self):
        for thread in self.threads:
            thread.join()


class Round:
    def __init__(self, context, data, ledger, number, window):
        self.window = window
        self.random = context.random
        self.data = data
        self.ledger = ledger
        self.number = number
        self.was_interrupted = False
        self.server = Server(data, OPTIONS)

    def size(self, most):
        """Half of them small enough for the catalog."""
        return self.random.randrange(2, INLINE_MAX if self.random.random() < 0.5 else most)

    def content(self, size, word):
        return content_of(size, f"{self.number} {word}")

    def interrupted(self, action):
        """Runs `action(started)` until it ends or the server is killed; answers its result or
        None. `started` is to be called at the start of the work that is to be interrupted."""
        background = Background(self.server, self.ledger, self.number)
        killer = Killer(self.server, self.random.uniform(0, self.window.seconds))
        try:
            result = action(killer.go)
        except BROKEN:
            result = None
        self.was_interrupted = result is None
        self.window.learn(self.was_interrupted)
        killer.join()
        background.join()
        return result

    def restart(self):
        expect(not self.server.running(), "the server survived kill -9")
        self.server = Server(self.data, OPTIONS)
        with Client(self.server) as client:
            self.ledger.check(client)
        check_catalog(self.data)

    def patch(self):
        first = self.content(self.size(200_000), "first")
        second = self.content(self.size(4_000_000), "second")
        sent = [0]
        with Client(self.server) as client:
            link = client.start_upload()
            held = self.random.random() < 0.8
            if held:
                expect(client.patch(link, first, 0).status == 202, "first PATCH")

            def send(started):
                whole = second if held else first + second
                started()
                return self._send_slowly(link, whole, len(first) if held else 0, sent)
            status = self.interrupted(send)
        self.restart()
        least = len(first) if held else 0
        whole = first + second
        if status == 202:
            least = len(whole)
        self._continue(link, whole, least, least if status == 202 else
                       (len(first) if held else 0) + sent[0])

    def _send_slowly(self, link, content, offset, sent):
        """A PATCH in pieces over a plain socket, counting what went out."""
        with socket.create_connection((self.server.host, self.server.port), timeout=30) as out:
            head = f"PATCH {link} HTTP/1.1\r\nHost: a\r\nContent-Length: {len(content)}\r\n" \
                   f"Content-Range: {offset}-{offset + len(content) - 1}\r\n\r\n"
            out.sendall(head.encode())
            for at in range(0, len(content), 65536):
                piece = content[at:at + 65536]
                sent[0] += len(piece)
                out.sendall(piece)
            answer = out.recv(4096)
            return int(answer.split(b" ")[1]) if answer else None

    def _continue(self, link, content, least, most):
        with Client(self.server) as client:
            offset = client.send_rest(link, content)
            expect(offset is not None, "the session is unknown after the restart")
            expect(least <= offset <= most,
                   f"offset {offset} is not between {least} (acknowledged) and {most} (sent)")
            answer = client.close_upload(link, digest_of(content))
            expect(answer.status == 201, f"closing after {offset}: {answer.status} {answer.body}")
            client.check_blob(content)
        self.ledger.acknowledge(content)

    def closing_put(self):
        content = self.content(self.size(3_000_000), "blob")
        digest = digest_of(content)
        split = self.random.randrange(0, len(content)) if self.random.random() < 0.5 \
            else len(content)
        with Client(self.server) as client:
            link = client.start_upload()
            expect(client.patch(link, content[:split]).status == 202, "PATCH")

            def close(started):
                started()
                return client.close_upload(link, digest, content[split:]).status
            status = self.interrupted(close)
        if status is not None:
            expect(status == 201, f"closing PUT: {status}")
            self.ledger.acknowledge(content)
        self.restart()
        with Client(self.server) as client:
            present = client.get_blob(digest)
            expect(present in (None, content), "a blob that is not its content")
        if present is None:
            self._continue(link, content, split, len(content))

    def manifest_put(self):
        layer = self.content(self.random.randrange(1, 5000), "layer")
        manifest = image_of(CONFIG, [layer])
        tag = f"t{self.number}"
        with Client(self.server) as client:
            for content in (CONFIG, layer):
                client.push_blob(content)
                self.ledger.acknowledge(content)

            def put(started):
                started()
                for name in (tag, "moving"):
                    answer = client.put_manifest(name, manifest)
                    expect(answer.status == 201, f"PUT manifest: {answer.status} {answer.body}")
                    before.append(self.ledger.tags.get(name))
                    self.ledger.tags[name] = manifest
                return True
            before = []
            self.interrupted(put)
        self._restart_with_tags(tag, manifest)
        with Client(self.server) as client:
            for name in (tag, "moving"):
                client.push_manifest(name, manifest)
                self.ledger.tags[name] = manifest
                expect(client.get_manifest(name) == manifest, f"{name} after the repetition")

    def _restart_with_tags(self, tag, manifest):
        """A tag whose PUT was not acknowledged is as it was before, or as the PUT made it."""
        open_tags = {name: self.ledger.tags.pop(name, None) for name in (tag, "moving")
                     if self.ledger.tags.get(name) != manifest}
        self.restart()
        with Client(self.server) as client:
            for name, before in open_tags.items():
                expect(client.get_manifest(name) in (before, manifest), f"tag {name} is neither "
                       "what it was nor what it was to become")


def random_instants(context):
    """kill -9 during PATCH, closing PUT and manifest PUT"""
    ledger = Ledger()
    data = context.folder / "data"
    interrupted = dict.fromkeys(KINDS, 0)
    windows = {kind: Window(0.01) for kind in KINDS}
    rounds, wanted = 0, max(1, round(context.rounds * SHARE))
    while rounds < wanted or (not all(interrupted.values()) and
                              rounds < wanted * ROUNDS_FACTOR_MAX):
        number, rounds = rounds, rounds + 1
        kind = KINDS[number % len(KINDS)]
        current = Round(context, data, ledger, number, windows[kind])
        try:
            try:
                getattr(current, kind)()
                interrupted[kind] += current.was_interrupted
            except Failure as problem:
                raise Failure(f"round {number} ({kind}): {problem}\n"
                              f"{current.server.log_tail(400)}") from None
        finally:
            status = current.server.stop()
        expect(status == 0, f"round {number}: exit status {status} after SIGTERM")
    rows = check_catalog(data)
    missed = [kind for kind, count in interrupted.items() if count == 0]
    expect(not missed or wanted < 20, f"no kill came before the answer to {missed}")
    told = ", ".join(f"{count} before the answer to {kind}" for kind, count in interrupted.items())
    return f"{rounds} kills ({told}); {len(ledger.blobs)} blobs acknowledged, {rows} rows"


CASES = [random_instants]
