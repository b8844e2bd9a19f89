# SPDX-License-Identifier: Apache-2.0
"""What the parts share: a server with its data directory, its commands, and a client of it."""

import base64
import hashlib
import http.client
import json
import subprocess
import urllib.parse

from support.cases import expect
from support.server import Server, binary_path

SECONDS = 60
# Wrong passwords are given on purpose, all of them from one address.
PATIENT = ["--limits-wrong-passwords-max", "1000000",
           "--limits-wrong-passwords-per-address-max", "1000000",
           "--limits-wrong-passwords-per-account-max", "1000000"]


def expect_equal(got, wanted, what):
    expect(got == wanted, f"{what}: {got!r}, wanted {wanted!r}")


def run_berth(*words, stdin="", environment=None):
    """The finished process of one command, whatever its exit code."""
    return subprocess.run([binary_path(), *map(str, words)], input=stdin, capture_output=True,
                          text=True, timeout=SECONDS, check=False, env=environment)


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    def json(self):
        return json.loads(self.body)


class Registry:
    """A server and its commands: `with Registry(folder) as registry`."""

    def __init__(self, folder, *options):
        self.data = folder / "data"
        self.server = Server(self.data, [*PATIENT, *options])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.stop()

    @property
    def host(self):
        return f"127.0.0.1:{self.server.port}"

    # Commands.

    def run(self, *words, stdin="", status=0):
        """What a command printed, with the exit code that is expected."""
        done = run_berth(*words, "--data", self.data, stdin=stdin)
        expect_equal(done.returncode, status,
                     f"berth {' '.join(map(str, words))}: exit code ({done.stderr.strip()})")
        return done

    def text(self, *words, stdin=""):
        return self.run(*words, stdin=stdin).stdout

    def json(self, *words, stdin=""):
        return json.loads(self.run(*words, "--output", "json", stdin=stdin).stdout)

    def refused(self, *words, stdin="", status=1):
        """What a command that must fail said; nothing may be on standard output."""
        done = self.run(*words, stdin=stdin, status=status)
        expect_equal(done.stdout, "", f"berth {' '.join(map(str, words))}: standard output")
        expect(done.stderr.startswith("berth: "), f"message {done.stderr!r}")
        return done.stderr

    def password(self, *words, stdin=""):
        """The one password that a command made."""
        return passwords_of(self.json(*words, stdin=stdin))[0]

    # Requests.

    def ask(self, method, path, headers=None, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=SECONDS)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def sign_in(self, name, password, *scopes, offline=False):
        """GET /oauth2/token with Basic."""
        query = [("service", self.host)] + [("scope", scope) for scope in scopes]
        query += [("offline_token", "true")] if offline else []
        return self.ask("GET", "/oauth2/token?" + urllib.parse.urlencode(query),
                        basic(name, password))

    def token(self, name, password, *scopes):
        answer = self.sign_in(name, password, *scopes)
        expect_equal(answer.status, 200, f"sign-in of {name}")
        return answer.json()["access_token"]

    def refresh_token(self, name, password):
        answer = self.sign_in(name, password, offline=True)
        expect_equal(answer.status, 200, f"sign-in of {name}")
        return answer.json()["refresh_token"]

    def redeem(self, refresh_token, *scopes):
        form = {"grant_type": "refresh_token", "service": self.host,
                "scope": " ".join(scopes), "refresh_token": refresh_token}
        return self.ask("POST", "/oauth2/token",
                        {"Content-Type": "application/x-www-form-urlencoded"},
                        urllib.parse.urlencode(form))

    def status(self, token, path="/v2/"):
        """Of a GET with an access token."""
        return self.ask("GET", path, bearer(token)).status

    def push_blob(self, headers, repository, content):
        """The status of the last request of a push in two."""
        begun = self.ask("POST", f"/v2/{repository}/blobs/uploads/", headers)
        if begun.status != 202:
            return begun.status
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        link = begun.headers["Location"]
        return self.ask("PUT", f"{link}{'&' if '?' in link else '?'}digest={digest}",
                        headers, content).status


def passwords_of(account):
    return [each["password"] for each in account["passwords"] if "password" in each]


def basic(name, password):
    both = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {both}"}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def part_of(token, number):
    """The header (0) or the claims (1) of a JWT."""
    text = token.split(".")[number]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
