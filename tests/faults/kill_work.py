# SPDX-License-Identifier: Apache-2.0
"""kill -9 while many clients push, tag, mount, lock and delete, one repository each: afterwards
each is in the state that was acknowledged last, or in that of the request under way, wholly. The
same during soft deletions, collections, backups, and the migration of a store of an earlier
schema."""

import os
import random
import shutil
import subprocess
import time

from catalog import check_catalog
from client import BROKEN, Client, Failure, content_of, expect, image_of
from commands import berth, check_by_command
from journal import Journal
from observe import check_repository
from old_store import make_old
from support import schema
from support.server import Server, StartError, binary_path
from workload import Load

OPTIONS = ["--anonymous", "write", "--log-access", "false", "--audit-target", "off"]
COLLECTING = ["--gc-grace", "0s", "--gc-read-grace", "0s", "--gc-interval", "1s"]
CLIENTS = 4
# As in kill.SHARE, together 1.
WORK, SOFT, COLLECTION, BACKUP, MIGRATION = 0.1, 0.1, 0.2, 0.1, 0.1
OLD_IMAGES = 300


def kills(context, share):
    return max(1, round(context.rounds * share))


class Command:
    """A command of berth on the data, again and again, until it is killed itself."""

    def __init__(self, *words, environment=None):
        self.words = [binary_path(), *map(str, words)]
        self.environment = {**os.environ, **(environment or {})}
        self.process = None
        self.ended = 0

    def keep_running(self):
        if self.process is not None and self.process.poll() is not None:
            self.ended += 1
            self.process = None
        if self.process is None:
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                            env=self.environment)

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None


class Story:
    """One directory and its servers, one after the other."""

    def __init__(self, context, options=(), collected=False, command=None, softly=False):
        self.data = context.folder / "data"
        self.options = OPTIONS + list(options)
        self.collected = collected
        self.command = command
        self.softly = softly
        self.chance = random.Random(f"{context.seed} {options}")
        self.journal = None
        self.acknowledged = 0
        self.server = Server(self.data, self.options)

    def life(self, number):
        """Work until the kill; then the check, on the next server."""
        before, self.journal = self.journal, Journal(self.journal)
        if before is not None:
            for name, entries in before.entries.items():
                self.journal.begin(name, entries[-1].after)
        try:
            with Load(self.server, self.journal, f"{self.chance.random()} {number}", CLIENTS,
                      self.collected, killed=True, softly=self.softly):
                self._let_work()
                self.server.kill()
                if self.command is not None:
                    self.command.kill()
            self.acknowledged += sum(self.journal.counts.values())
            self.server = Server(self.data, self.options)
            self._check()
        except (Failure, StartError, *BROKEN) as problem:
            raise Failure(f"kill {number}: {problem}\n{self.server.log_tail(600)}") from None

    def _let_work(self):
        # The random instant is the point of the test: there is no event to wait for.
        end = time.monotonic() + self.chance.uniform(0.02, 0.6)
        while time.monotonic() < end:
            if self.command is not None:
                self.command.keep_running()
            time.sleep(min(0.02, max(0.0, end - time.monotonic())))

    def _check(self):
        now = self.journal.now()
        for name, possible in sorted(self.journal.possible(now, now).items()):
            with Client(self.server, name) as client:
                state = check_repository(client, possible, self.collected)
            self.journal.begin(name, state)
        check_catalog(self.data)

    def end(self):
        status = self.server.stop()
        expect(status == 0, f"exit status {status} after SIGTERM")
        check_catalog(self.data)
        check_by_command(self.data)


def tell(context, share, story):
    try:
        for number in range(kills(context, share)):
            story.life(number)
        story.end()
    finally:
        if story.command is not None:
            story.command.kill()
        story.server.kill()
    return f"{kills(context, share)} kills; {story.acknowledged} changes acknowledged"


def during_work(context):
    """kill -9 while many push, tag, mount, lock and delete"""
    return tell(context, WORK, Story(context))


def during_soft_deletions(context):
    """kill -9 while manifests and repositories go to the bin and come back"""
    return tell(context, SOFT, Story(context, ["--soft-delete-days", "7"], softly=True))


def during_collections(context):
    """kill -9 while garbage is collected, by the server and by the command, too"""
    command = Command("gc", "--data", context.folder / "data",
                      environment={"BERTH_GC_GRACE": "0s", "BERTH_GC_READ_GRACE": "0s"})
    return tell(context, COLLECTION, Story(context, COLLECTING, True, command))


def during_backups(context):
    """kill -9 while backups are made; the one before stays whole, and the last has everything"""
    data, place, new = (context.folder / name for name in ("data", "backup", "new"))
    story = Story(context, command=Command("backup", place, "--data", data))
    whole = 0
    try:
        for number in range(kills(context, BACKUP)):
            story.life(number)
            if (place / "backup.json").exists():
                berth("backup", "--check", place)
                whole += 1
        berth("backup", place, "--data", data)
        story.end()
        berth("restore", place, "--data", new)
        check_restored(story, new)
    finally:
        story.command.kill()
        story.server.kill()
    return f"{kills(context, BACKUP)} kills; {whole} times there was a whole backup"


def check_restored(story, data):
    server = Server(data, OPTIONS)
    try:
        for name, entries in sorted(story.journal.entries.items()):
            with Client(server, name) as client:
                check_repository(client, [("the backup", entries[-1].after)], False)
        expect(server.stop() == 0, "exit status")
        check_by_command(data)
    finally:
        server.kill()


def make_store(data):
    """Every blob in a file: the catalog had none before its fifth version."""
    server = Server(data, OPTIONS + ["--limits-inline-blob-bytes-max", "0"])
    try:
        with Client(server, "old/app") as client:
            shared = content_of(5000, "shared layer")
            client.push_blob(shared)
            client.push_blob(b"{}")
            for image in range(OLD_IMAGES):
                client.push_manifest(f"v{image}", old_image(image, shared))
        expect(server.stop() == 0, "exit status")
    finally:
        server.kill()
    return shared


def old_image(number, shared):
    """Manifests that differ, of the same blobs."""
    return image_of(b"{}", [shared]).replace(b"{", b"{" + b" " * (number + 1), 1)


def check_old(server, shared):
    with Client(server, "old/app") as client:
        client.check_blob(shared)
        for image in range(OLD_IMAGES):
            expect(client.get_manifest(f"v{image}") == old_image(image, shared), f"tag v{image}")


def during_migration(context):
    """kill -9 while a store of an earlier schema is migrated at start"""
    shared = make_store(context.folder / "new")
    newest, killed_inside = schema.NEWEST, 0
    chance = random.Random(f"{context.seed} migration")
    window = 0.2
    rounds = kills(context, MIGRATION)
    for number in range(rounds):
        data = context.folder / f"old{number}"
        make_old(context.folder / "new", data, chance.randrange(1, newest))
        inside = killed_at_start(data, chance.uniform(0, window))
        killed_inside += inside
        window = min(1.0, window * 1.3) if inside else max(0.005, window * 0.7)
        server = Server(data, OPTIONS)
        try:
            check_old(server, shared)
            check_catalog(data)
            expect(server.stop() == 0, f"migration {number}: exit status")
        finally:
            server.kill()
        shutil.rmtree(data)
    expect(killed_inside > 0 or rounds < 5, "no kill came before the banner")
    return f"{rounds} kills, {killed_inside} of them before the server listened"


def killed_at_start(data, seconds):
    """Whether the kill came before the server told that it listens."""
    process = subprocess.Popen([binary_path(), "serve", "--data", str(data), "--listen",
                                "127.0.0.1:0", *OPTIONS], stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    time.sleep(seconds)
    process.kill()
    printed = process.communicate()[0]
    return b"listening" not in printed


CASES = [during_work, during_soft_deletions, during_collections, during_backups,
         during_migration]
