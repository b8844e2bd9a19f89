# SPDX-License-Identifier: Apache-2.0
"""Two kept-alive connections to the server, used in turn: what one has changed the other must see.
Remembers the last requests for the report of a failure."""

import collections
import http.client
import json

from render import REGISTRY

SECONDS = 30
REMEMBERED = 40


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        """An empty object when the body is none: the comparison will say so."""
        try:
            value = json.loads(self.body)
        except ValueError:
            return {}
        return value if isinstance(value, dict) else {}


class Client:
    def __init__(self, connections=2):
        self.history = collections.deque(maxlen=REMEMBERED)
        self.count = connections
        self.connections = []
        self.turn = 0

    def connect(self, server):
        self.close()
        self.connections = [http.client.HTTPConnection(server.host, server.port, timeout=SECONDS)
                            for _ in range(self.count)]

    def close(self):
        for connection in self.connections:
            connection.close()

    def request(self, method, target, body=None, headers=None):
        self.turn = (self.turn + 1) % self.count
        connection = self.connections[self.turn]
        note = f"{method} {target}"
        if body is not None and len(body) < 200 and method == "PATCH":
            note += f" {body.decode(errors='replace')}"
        self.history.append(note)
        connection.request(method, target, body=body, headers={"Host": REGISTRY, **(headers or {})})
        answer = Answer(connection.getresponse())
        self.history[-1] += f" -> {answer.status}"
        return answer

    def note(self, text):
        self.history.append(text)
