#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Guesses passwords: one after the other, many at once, from one address and from many, through a
trusted proxy; and looks whom that holds up. Nothing here depends on how fast the server is: what
has to wait waits longer than the test takes, or is asked again after the time it was told."""

import base64
import http.client
import json
import math
import shutil
import sys
import tempfile
import time
import traceback
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.management import Management  # noqa: E402
from support.server import Server  # noqa: E402

SECONDS = 60
HOME, ELSEWHERE, ATTACKER = "127.0.0.2", "127.0.0.3", "127.0.0.66"
FORM = "application/x-www-form-urlencoded"


class Answer:
    def __init__(self, response):
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def wait(self):
        return int(self.headers.get("Retry-After", "0"))


class Registry:
    """A server with two accounts: `alice`, a user, and `robot`, a token with two passwords."""

    def __init__(self, folder, *options):
        self.server = Server(folder, options)
        management = Management(folder)
        made = management("user", "create", "alice", "--scope-map", "_repositories_admin")
        self.alice = made["passwords"][0]["password"]
        made = management("token", "create", "robot", "--scope-map", "_repositories_pull",
                          "--passwords", "2")
        self.robot = [each["password"] for each in made["passwords"]]
        self.guesses = 0

    def ask(self, address, path="/v2/", authorization=None, form=None, **headers):
        link = http.client.HTTPConnection(self.server.host, self.server.port, SECONDS,
                                          source_address=(address, 0))
        if authorization:
            headers["Authorization"] = authorization
        if form is not None:
            headers["Content-Type"] = FORM
        try:
            link.request("GET" if form is None else "POST", path,
                         None if form is None else urllib.parse.urlencode(form), headers)
            return Answer(link.getresponse())
        finally:
            link.close()

    def basic(self, address, name, password, **headers):
        pair = base64.b64encode(f"{name}:{password}".encode()).decode()
        return self.ask(address, authorization=f"Basic {pair}", **headers)

    def guess(self, address, name="alice", **headers):
        self.guesses += 1
        return self.basic(address, name, f"wrong {self.guesses}", **headers)

    def until_waiting(self, ask, tries=100):
        """The first 429. A wait may end before the next request comes; each wrong password makes
        the next one longer."""
        for _ in range(tries):
            answer = ask()
            if answer.status == 429:
                return answer
        raise AssertionError(f"{tries} wrong passwords and no 429")

    def at_once(self, count, ask):
        with ThreadPoolExecutor(count) as pool:
            return list(pool.map(ask, range(count)))

    def service(self):
        return f"{self.server.host}:{self.server.port}"

    def password_grant(self, address, name, password):
        return self.ask(address, "/oauth2/token", form={
            "grant_type": "password", "service": self.service(), "username": name,
            "password": password, "scope": "repository:app:pull"})


class Checks:
    def __init__(self):
        self.passed = self.failed = 0

    def equal(self, name, wanted, got):
        if wanted == got:
            self.passed += 1
            print(f"ok   {name}", flush=True)
        else:
            self.failed += 1
            print(f"FAIL {name}\n     wanted: {wanted!r}\n     got:    {got!r}", flush=True)

    def true(self, name, fact, about=""):
        self.equal(f"{name}{f' ({about})' if about and not fact else ''}", True, bool(fact))


def one_pair(registry, checks):
    """An account at an address waits longer and longer; others do not."""
    token = json.loads(registry.password_grant(ATTACKER, "alice", registry.alice).body)
    answers = [registry.guess(ATTACKER).status for _ in range(5)]
    checks.equal("five wrong passwords are looked at", [401] * 5, answers)
    waiting = registry.basic(ATTACKER, "robot", registry.robot[0])
    checks.equal("another account from there is not held up", 200, waiting.status)
    answer = registry.until_waiting(lambda: registry.guess(ATTACKER))
    checks.true("then there is a wait, and its length is told", 1 <= answer.wait <= 60)
    checks.equal("in the registry's own form", "TOOMANYREQUESTS",
                 json.loads(answer.body)["errors"][0]["code"])
    answer = registry.until_waiting(lambda: registry.password_grant(ATTACKER, "alice", "no"), 5)
    checks.true("at the token endpoint, too", answer.wait > 0)
    checks.equal("tokens do not wait", 404, registry.ask(
        ATTACKER, "/v2/app/tags/list",
        authorization=f"Bearer {token['access_token']}").status)
    checks.equal("the account is not held up elsewhere", 200,
                 registry.basic(HOME, "alice", registry.alice).status)


def waiting_tells_nothing(registry, checks):
    """The right password waits like a wrong one, and works after the wait."""
    registry.until_waiting(lambda: registry.guess(ATTACKER, "robot"))
    answer = registry.basic(ATTACKER, "robot", registry.robot[1])
    tries = 1
    if answer.status == 429:
        checks.true("a right one that waits is told how long", answer.wait >= 1)
    while answer.status == 429 and tries < 30:
        time.sleep(answer.wait)
        answer = registry.basic(ATTACKER, "robot", registry.robot[1])
        tries += 1
    checks.equal("after the time that was told the right password works", 200, answer.status)


def at_once(registry, checks):
    """Guesses at once are no more than guesses in turn."""
    started = time.monotonic()
    answers = registry.at_once(100, lambda number: registry.basic(
        ELSEWHERE, "alice", f"guess {number}"))
    looked_at = [each for each in answers if each.status == 401]
    held_up = [each for each in answers if each.status == 429]
    # The first wait, of a second, may end while a slow machine still answers.
    later = int(math.log2(time.monotonic() - started + 1))
    checks.equal("all are answered with 401 or 429", 100, len(looked_at) + len(held_up))
    checks.true("at most five are looked at", len(looked_at) <= 5 + later, len(looked_at))
    checks.true("the others are told to wait", all(each.wait >= 1 for each in held_up))
    right = registry.at_once(20, lambda _: registry.basic(HOME, "robot", registry.robot[0]))
    checks.equal("many at once with one right password are not held up", [200] * 20,
                 [each.status for each in right])


def nobody_is_locked_out(registry, checks):
    """Guessing from many addresses holds up strangers alone."""
    checks.equal("the account signs in at home", 200,
                 registry.basic(HOME, "robot", registry.robot[0]).status)
    registry.guess(ATTACKER, "robot")
    stranger = registry.basic(ELSEWHERE, "robot", registry.robot[1])
    checks.equal("a stranger has to wait", (429, True), (stranger.status, stranger.wait > 0))
    checks.equal("whoever signed in there before does not, with another password", 200,
                 registry.basic(HOME, "robot", registry.robot[1]).status)
    checks.equal("nor does another account", 200,
                 registry.basic(ELSEWHERE, "alice", registry.alice).status)


def one_address(registry, checks):
    """An address that tries many accounts waits with all of them."""
    checks.equal("alice signs in there first", 200,
                 registry.password_grant(ATTACKER, "alice", registry.alice).status)
    answers = [registry.guess(ATTACKER, f"user{number}").status for number in range(2)]
    checks.equal("two wrong passwords are looked at", [401, 401], answers)
    checks.equal("the next account has to wait there", 429,
                 registry.guess(ATTACKER, "user3").status)
    checks.equal("alice does not", 200, registry.basic(ATTACKER, "alice", registry.alice).status)


def crowded(registry, checks):
    """One address cannot take all the places where password checks wait."""
    with ThreadPoolExecutor(300) as pool:
        guesses = [pool.submit(registry.guess, ATTACKER, f"user{number}")
                   for number in range(300)]
        right = [registry.basic(address, "robot", registry.robot[number]).status
                 for number, address in enumerate([HOME, ELSEWHERE])]
        answers = {guess.result().status for guess in guesses}
    checks.equal("others sign in meanwhile", [200, 200], right)
    checks.true("the crowd hears 401 and 429 and nothing else", answers <= {401, 429}, answers)


def proxied(registry, checks):
    """Behind a trusted proxy addresses are those that it names; nobody else's word counts."""
    def guess_via(address, named):
        return registry.guess(address, **{"X-Forwarded-For": named})
    for _ in range(5):
        guess_via(HOME, "203.0.113.1")
    answer = registry.until_waiting(lambda: guess_via(HOME, "203.0.113.1"), 3)
    checks.true("the client that guesses waits", answer.wait > 0)
    checks.equal("other clients of the proxy do not", 401,
                 guess_via(HOME, "203.0.113.2").status)
    answer = registry.until_waiting(lambda: guess_via(HOME, "203.0.113.3, 203.0.113.1"), 3)
    checks.true("what the client itself put in front does not count", answer.wait > 0)
    numbers = iter(range(100))
    answer = registry.until_waiting(lambda: guess_via(ATTACKER, f"198.51.100.{next(numbers)}"), 30)
    checks.true("who is no proxy cannot choose an address", answer.wait > 0)
    named = {"X-Forwarded-Host": "reg.example", "X-Forwarded-Proto": "https"}
    realm = registry.ask(HOME, **named).headers["Www-Authenticate"]
    checks.equal("the challenge names what the client called us",
                 'Bearer realm="https://reg.example/oauth2/token",service="reg.example"', realm)
    realm = registry.ask(ATTACKER, **named).headers["Www-Authenticate"]
    checks.true("from others the Host header counts", registry.service() in realm, realm)
    checks.equal("a malformed host is a bad request", 400,
                 registry.ask(HOME, **{"X-Forwarded-Host": "a b"}).status)
    lines = (registry.server.data / "audit.log").read_text().splitlines()
    addresses = {json.loads(line).get("address") for line in lines}
    checks.true("the audit log has the clients' addresses",
                {"203.0.113.1", "203.0.113.2", ATTACKER} <= addresses and HOME not in addresses,
                addresses)


# Waits end soon where the test awaits them, and late where it must not see their end.
CASES = [
    (one_pair, []),
    (waiting_tells_nothing, ["--limits-sign-in-delay-max", "1s"]),
    (at_once, []),
    (nobody_is_locked_out, ["--limits-wrong-passwords-per-account-max", "1"]),
    (one_address, ["--limits-wrong-passwords-per-address-max", "2"]),
    (crowded, ["--limits-wrong-passwords-per-address-max", "100000"]),
    (proxied, ["--server-trusted-proxies", f"{HOME}/32, 10.0.0.0/8"]),
]


def main():
    checks = Checks()
    folder = Path(tempfile.mkdtemp(prefix="berth-throttle-"))
    for case, options in CASES:
        print(f"# {case.__doc__.splitlines()[0]}", flush=True)
        try:
            registry = Registry(folder / case.__name__, *options)
            try:
                case(registry, checks)
            finally:
                checks.equal("the server ends cleanly", 0, registry.server.stop())
        except Exception:  # what breaks off must not hide the other cases
            checks.true(f"{case.__name__} runs to its end", False, traceback.format_exc())
    shutil.rmtree(folder)
    print(f"{checks.passed} passed, {checks.failed} failed")
    sys.exit(1 if checks.failed else 0)


if __name__ == "__main__":
    main()
