# SPDX-License-Identifier: Apache-2.0
"""What must be there: one slot per repository and tag, each changed by one worker alone."""

import threading


class Slot:
    """`image` is what the tag was last known to stand for, None when it was absent. While a change
    is under way, and after those whose answers were lost, any of `images` may be there."""

    def __init__(self, repository, tag):
        self.repository = repository
        self.tag = tag
        self.image = None
        self.images = [None]
        self.stale = []  # images without a tag: pushed over, and not deleted yet for all one knows
        self.version = 0
        self.lock = threading.Lock()

    def change(self, image):
        """Before the request: from now on the new one may be there, too."""
        with self.lock:
            self.version += 1
            self.stale += [old for old in self.images if old and old not in self.stale]
            self.images = self.images + [image]

    def settle(self, image):
        """After the answer: this is what is there."""
        with self.lock:
            self.version += 1
            self.image = image
            self.images = [image]
            self.stale = [old for old in self.stale if old is not image]

    def look(self):
        with self.lock:
            return self.version, list(self.images)


class Tally:
    """Counts by name, and the failures, from all threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.counts = {}
        self.failures = []

    def count(self, name, by=1):
        with self.lock:
            self.counts[name] = self.counts.get(name, 0) + by

    def fail(self, text):
        with self.lock:
            self.failures.append(text)
