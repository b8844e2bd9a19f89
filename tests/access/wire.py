# SPDX-License-Identifier: Apache-2.0
"""The token endpoints and the registry, asked by hand: one connection a request, over TLS."""

import base64
import json
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass

from world import REGISTRY


@dataclass
class Answer:
    status: int
    headers: object
    body: str

    def get(self, member):
        """Of a JSON object; None for anything else."""
        try:
            return json.loads(self.body).get(member)
        except (ValueError, AttributeError):
            return None


class Wire:
    def __init__(self, world):
        self.context = ssl.create_default_context(cafile=str(world.ca))

    def ask(self, path, form=None, headers=None, method=None):
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        request = urllib.request.Request(f"https://{REGISTRY}{path}", body, headers or {},
                                         method=method)
        try:
            with urllib.request.urlopen(request, timeout=30, context=self.context) as answer:
                return Answer(answer.status, answer.headers, answer.read().decode())
        except urllib.error.HTTPError as refusal:
            return Answer(refusal.code, refusal.headers, refusal.read().decode())

    def exchange(self, token, **more):
        """A foreign token -> a refresh token."""
        return self.ask("/oauth2/exchange", {"grant_type": "access_token", "service": REGISTRY,
                                             "access_token": token, **more})

    def refresh(self, token, scope):
        return self.ask("/oauth2/token", {"grant_type": "refresh_token", "service": REGISTRY,
                                          "refresh_token": token, "scope": scope})

    def tags(self, repository, token):
        return self.ask(f"/v2/{repository}/tags/list",
                        headers={"Authorization": f"Bearer {token}"})

    def basic(self, path, user, password):
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        return self.ask(path, headers={"Authorization": f"Basic {pair}"})


def part(token, number):
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


def payload(token):
    return part(token, 1)


def encoded(document):
    text = document if isinstance(document, bytes) else json.dumps(document).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()
