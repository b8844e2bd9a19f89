# SPDX-License-Identifier: Apache-2.0
"""What every operation works with: the model, the universe, the seeded random and the server, and
check(), through which all requests go. Nothing random may depend on an answer or on the clock:
a seed must repeat a run."""

import collections

from client import Client
from compare import compare, Expected
from model import Model
from moment import now, Window
from render import learn_manifests, learn_tags, manifests_page, tags_page
from support.server import Server
from universe import REPOSITORIES, Universe

OPTIONS = ["--anonymous", "write", "--log-access", "false"]


class World:
    def __init__(self, random, data):
        self.random = random
        self.universe = Universe()
        self.model = Model(REPOSITORIES)
        self.client = Client()
        self.server = None
        self.data = data
        self.compared = 0
        self.statuses = collections.Counter()

    # --- The server

    def start(self):
        self.server = Server(self.data, OPTIONS)
        self.client.connect(self.server)

    def restart(self):
        self.client.close()
        status = self.server.stop()
        if status != 0:
            raise RuntimeError(f"the server ended with {status}\n{self.server.log_tail()}")
        self.client.note("-- restart")
        self.start()

    def end(self):
        self.client.close()
        if self.server is not None:
            self.server.stop()

    # --- Requests

    def check(self, method, target, expected, body=None, headers=None):
        """Answers what came and when; raises Mismatch unless it is `expected`."""
        first = now()
        answer = self.client.request(method, target, body, headers)
        window = Window(first, now())
        compare(method, expected, answer)
        self.compared += 1
        self.statuses[answer.status] += 1
        return answer, window

    def v2(self, repository, rest):
        return self._path("/v2/", repository, rest)

    def acr(self, repository, rest=""):
        target = self._path("/acr/v1/", repository, rest)
        if self.random.random() < 0.2:
            target += ("&" if "?" in target else "?") + "api-version=2021-07-01"
        return target

    def _path(self, prefix, repository, rest):
        name, rest = repository.name, "/" + rest if rest else ""
        if self.random.random() < 0.2:
            name, rest = name.replace("/", "%2F"), rest.replace(":", "%3A")
        return prefix + name + rest

    # --- Choices

    def chance(self, probability):
        return self.random.random() < probability

    def repository(self, existing=0.85):
        """With the given probability one that is there, if any is."""
        there = [one for one in self.model.all() if one.exists]
        if there and self.chance(existing):
            return self.random.choice(there)
        return self.random.choice(self.model.all())

    def tag_name(self, repository, existing=0.85):
        if repository.tags and self.chance(existing):
            return self.random.choice(sorted(repository.tags))
        return self.random.choice(self.universe.tags)

    def digest(self, repository, existing=0.85):
        if repository.manifests and self.chance(existing):
            return self.random.choice(sorted(repository.manifests))
        return self.random.choice([*self.universe.by_digest, self.universe.no_digest])

    def blob(self):
        return self.random.choice(self.universe.blobs)

    # --- Times

    def learn_times(self, repository):
        """Asks for what the model must know before it can tell an order by time."""
        if not all(one.times_known for one in repository.tags.values() if one.is_listed):
            shown = [tag for _, tag in sorted(repository.tags.items()) if tag.is_listed]
            self.check("GET", f"/acr/v1/{repository.name}/_tags", Expected(
                200, lambda: tags_page(repository, shown),
                learn=lambda answer: learn_tags(repository, answer.get("tags"))))
        if not all(one.times_known for one in repository.manifests.values() if one.is_listed):
            listed = [one for _, one in sorted(repository.manifests.items()) if one.is_listed]
            self.check("GET", f"/acr/v1/{repository.name}/_manifests", Expected(
                200, lambda: manifests_page(repository, listed),
                learn=lambda answer: learn_manifests(repository, answer.get("manifests"))))
