# SPDX-License-Identifier: Apache-2.0
"""What clients have been told, in order. Each repository has one client, which changes it by one
request at a time; so at any instant it is in the state of the last acknowledged request, or in that
of the request under way."""

import copy
import threading
from dataclasses import dataclass, field


@dataclass
class Upload:
    """An open session: what GET of its link may say, and what is to be sent."""

    least: int
    most: int
    content: bytes


@dataclass
class State:
    """A repository. `blobs` are to be served, `gone` are not, of others nothing is known."""

    tags: dict = field(default_factory=dict)  # name -> digest
    manifests: dict = field(default_factory=dict)  # digest -> bytes
    locks: dict = field(default_factory=dict)  # tag or digest -> {flag: value}
    blobs: dict = field(default_factory=dict)  # digest -> bytes
    uses: dict = field(default_factory=dict)  # digest of a manifest -> digests of its blobs
    gone: set = field(default_factory=set)
    uploads: dict = field(default_factory=dict)  # link -> Upload
    bin: dict = field(default_factory=dict)  # digest -> (bytes, digests of its blobs): deleted

    def copy(self):
        """Values are never changed in place."""
        return State(*(copy.copy(value) for value in vars(self).values()))

    def used(self):
        return {blob for blobs in self.uses.values() for blob in blobs}

    def binned(self):
        return {blob for _, blobs in self.bin.values() for blob in blobs}

    def remove_manifest(self, digest, softly=False):
        if softly:
            self.bin[digest] = self.manifests[digest], self.uses[digest]
        for tag in [tag for tag, target in self.tags.items() if target == digest]:
            del self.tags[tag]
            self.locks.pop(tag, None)
        del self.manifests[digest]
        del self.uses[digest]
        self.locks.pop(digest, None)


class Entry:
    def __init__(self, kind, during, after, started):
        self.kind = kind
        self.during = during  # may be found from now on
        self.after = after  # has to be found once acknowledged
        self.started = started
        self.acknowledged = None


class Journal:
    def __init__(self, before=None):
        """After `before`: of that only what it knows is taken over."""
        self.known = before.known if before else {}  # digest -> bytes of what was removed
        self.condition = threading.Condition()
        self.clock = 0
        self.entries = {}  # repository -> [Entry]
        self.counts = {}  # kind -> acknowledged

    def tick(self):
        self.clock += 1
        return self.clock

    def begin(self, repository, state=None):
        """From `state`, or from nothing."""
        state = state or State()
        entry = Entry("the start", state, state, 0)
        entry.acknowledged = 0
        self.entries[repository] = [entry]

    def start(self, repository, kind, after, during=None):
        with self.condition:
            entry = Entry(kind, during or after, after, self.tick())
            self.entries[repository].append(entry)
            return entry

    def acknowledge(self, entry):
        with self.condition:
            entry.acknowledged = self.tick()
            self.counts[entry.kind] = self.counts.get(entry.kind, 0) + 1
            self.condition.notify_all()

    def refuse(self, repository, entry):
        """It was answered that nothing was changed."""
        with self.condition:
            self.entries[repository].remove(entry)

    def await_answer(self, kind, seconds):
        """Returns right after the next acknowledgement of this kind, or later."""
        with self.condition:
            before = self.counts.get(kind, 0)
            self.condition.wait_for(lambda: self.counts.get(kind, 0) > before, seconds)

    def now(self):
        with self.condition:
            return self.tick()

    def possible(self, low, high):
        """repository -> [(kind, State)] in which a disk of an instant between two times may be."""
        with self.condition:
            return {name: self._possible(entries, low, high)
                    for name, entries in self.entries.items()}

    @staticmethod
    def _possible(entries, low, high):
        last = max(at for at, entry in enumerate(entries)
                   if entry.acknowledged is not None and entry.acknowledged <= low)
        open_ones = [entry for entry in entries[last + 1:] if entry.started <= high]
        states = [(entries[last].kind, entries[last].after)]
        for entry in open_ones:
            states += [(entry.kind, entry.during), (entry.kind, entry.after)]
        return states
