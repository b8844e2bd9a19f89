# SPDX-License-Identifier: Apache-2.0
"""The registry as plain dictionaries: repositories, their tags, manifests, blobs and locks, and how
each successful change moves them. What is refused and with which words is in rules.py."""

from moment import Moment, now, Window

FLAGS = ("deleteEnabled", "writeEnabled", "readEnabled", "listEnabled")  # in the order of the wire


class Lockable:
    def __init__(self, window):
        self.flags = dict.fromkeys(FLAGS, True)
        self.created = Moment(window)
        self.updated = Moment(window)
        self.is_fresh = True  # nothing has moved its update time

    @property
    def can_write(self):
        return self.flags["writeEnabled"]

    @property
    def can_read(self):
        return self.flags["readEnabled"]

    @property
    def is_listed(self):
        return self.flags["listEnabled"]

    @property
    def can_go(self):
        return self.flags["writeEnabled"] and self.flags["deleteEnabled"]

    def touch(self, window):
        self.updated.move(window)
        self.is_fresh = False

    @property
    def times_known(self):
        return self.created.known and self.updated.known


class Tag(Lockable):
    def __init__(self, name, content, window):
        super().__init__(window)
        self.name = name
        self.content = content


class Manifest(Lockable):
    def __init__(self, content, window):
        super().__init__(window)
        self.content = content
        self.quarantine = {}  # quarantineDetails, quarantineState: once somebody has set them


class Repository(Lockable):
    """Exists for its clients while it has a manifest; blobs may be there before and after."""

    def __init__(self, name):
        self.name = name
        self.blobs = {}  # digest -> Blob
        self.forget()

    def forget(self):
        """Gone: what comes under this name later is a new repository."""
        super().__init__(Window(now(), now()))
        self.gone_at = now()
        self.teleport = False
        self.manifests = {}  # digest -> Manifest
        self.tags = {}  # name -> Tag

    @property
    def exists(self):
        return bool(self.manifests)

    def tags_on(self, digest):
        return sorted(tag.name for tag in self.tags.values() if tag.content.digest == digest)

    def missing(self, content):
        """Digests that a push of `content` would lack, in its own order."""
        parts = [part.digest for part in content.parts if part.digest not in self.blobs]
        parts += [child.digest for child in content.children if child.digest not in self.manifests]
        return list(dict.fromkeys(parts))

    def users_of(self, blob_digest):
        return [manifest for manifest in self.manifests.values()
                if any(part.digest == blob_digest for part in manifest.content.parts)]

    def with_referrers(self, digest):
        """The manifest and, transitively, all whose subject it is."""
        found = [digest]
        for one in found:
            found += [other for other, manifest in self.manifests.items()
                      if manifest.content.subject == one and other not in found]
        return [self.manifests[one] for one in found]

    def push(self, content, tags, window):
        if not self.exists:
            self.created = Moment(Window(self.gone_at, window.last))
        known = self.manifests.get(content.digest)
        if known and not known.can_write and not tags:
            self.updated.may_move(window)  # nothing changed, yet something was pushed
        else:
            self.updated.move(window)
        if known is None:
            self.manifests[content.digest] = Manifest(content, window)
        elif known.can_write:
            known.touch(window)
        for name in tags:
            if name in self.tags:
                self.tags[name].content = content
                self.tags[name].touch(window)
            else:
                self.tags[name] = Tag(name, content, window)

    def remove_tag(self, name, window):
        del self.tags[name]
        self.updated.move(window)

    def remove_manifest(self, digest, window):
        for manifest in self.with_referrers(digest):
            for name in self.tags_on(manifest.content.digest):
                del self.tags[name]
            del self.manifests[manifest.content.digest]
        self.updated.move(window)
        if not self.exists:
            if not self.can_read:
                # What the read lock protected goes with it, else the next push would open it.
                self.blobs = {}
            self.forget()

    def remove(self):
        self.blobs = {}
        self.forget()


class Upload:
    """A session that holds the whole of `blob` and waits to be finished."""

    def __init__(self, repository, blob, link):
        self.repository = repository
        self.blob = blob
        self.link = link


class Model:
    def __init__(self, names):
        self.repositories = {name: Repository(name) for name in sorted(names)}
        self.uploads = []

    def all(self):
        return list(self.repositories.values())

    def visible(self):
        return [one for one in self.all() if one.exists and one.is_listed]
