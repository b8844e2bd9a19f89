# SPDX-License-Identifier: Apache-2.0
"""What signing in costs, on one server and in interleaved rounds: a manifest GET with and without a
token, tokens issued, and how long a manifest GET takes while many clients sign in with passwords
that are right and not remembered."""

import argparse
import json
import os
import signal
import sqlite3
import statistics
import tempfile
import time
from pathlib import Path

import facts as machine
import tokens
import work
from servers import REPOSITORY, Berth, binary_path
from support.management import Management

SCOPE = f"repository:{REPOSITORY}:pull"
MANIFEST = work.path("manifests/latest")
CONNECTIONS = 32
# Of the reader whose waits are measured: it must not saturate the machine by itself.
READERS = 2
# Rounds need people who did not sign in within the last minute: each has its own.
BARS = [("GET with a token, CPU against anonymous", 1.25)]


def get(target, authorization=None):
    head = f"GET {target} HTTP/1.1\r\nHost: {tokens.SERVICE}\r\nAccept: {work.OCI_IMAGE}\r\n"
    if authorization:
        head += f"Authorization: {authorization}\r\n"
    return head.encode() + b"\r\n"


class Bench:
    def __init__(self, given, folder):
        self.given = given
        self.folder = Path(folder)
        self.load = work.Load(given.load, folder)
        self.logins = work.Load(given.load, self._folder("logins"))
        self.samples = {}
        self.server = self.data = None

    def _folder(self, name):
        path = self.folder / name
        path.mkdir()
        return path

    def note(self, row, measured):
        self.samples.setdefault(row, []).append(measured)

    def run(self):
        # Lets anybody do everything, and so serves a GET without a token; who brings one is looked
        # at all the same.
        self.server = Berth(self.folder)
        self.data = self.server.folder / "data"
        try:
            self.prepare()
            for number in range(self.given.rounds):
                print(f"round {number + 1} of {self.given.rounds}", flush=True)
                self.reads(number)
                self.tokens()
                self.beside_logins(number)
        finally:
            self.server.stop()

    def prepare(self):
        """An image, an account with a token, and people who all have one password: their hash is
        made once, checking it costs each of them the same."""
        management = Management(self.data)
        made = management("user", "create", "robot", "--scope-map", "_repositories_admin")
        password = made["passwords"][0]["password"]
        mine = tokens.basic("robot", password)
        for content in (work.CONFIG, work.SMALL):
            self.load.run(self.server, [tokens.with_authorization(one, mine)
                                        for one in work.push_requests(content)], 1, steps=2)
        put = work.request("PUT", MANIFEST, work.image("latest"), work.OCI_IMAGE)
        self.load.run(self.server, [tokens.with_authorization(put, mine)], 1)
        self.people = [f"person{number}" for number in
                       range(self.given.rounds * self.given.clients)]
        self.password = "right" * 4
        management("user", "create", "first", "--scope-map", "_repositories_pull",
                   "--password-stdin", stdin=self.password + "\n")
        self.import_people(management)
        answer = tokens.ask(self.server, tokens.post_form(
            "/oauth2/token", grant_type="password", service=tokens.SERVICE, scope=SCOPE,
            username="robot", password=password, access_type="offline"))
        self.refresh, self.access = answer["refresh_token"], answer["access_token"]

    def import_people(self, management):
        catalog = sqlite3.connect(self.data / "catalog.db", timeout=20)
        found = catalog.execute("SELECT hash FROM passwords WHERE account = 'first'")
        hashed = found.fetchone()[0]
        catalog.close()
        file = self.folder / "people"
        file.write_text("".join(f"{name}:{hashed}\n" for name in self.people))
        management("user", "import", file, "--scope-map", "_repositories_pull")

    def reads(self, number):
        rows = [("anonymous", get(MANIFEST)),
                ("with a token", get(MANIFEST, f"Bearer {self.access}"))]
        for name, request in rows[::-1 if number % 2 else 1]:
            self.note(f"GET manifest, {name}", self.load.run(
                self.server, [request], CONNECTIONS, self.given.seconds))

    def tokens(self):
        request = tokens.post_form("/oauth2/token", grant_type="refresh_token",
                                   service=tokens.SERVICE, scope=SCOPE,
                                   refresh_token=self.refresh)
        self.note("POST token, refresh grant", self.load.run(
            self.server, [request], CONNECTIONS, self.given.seconds))

    def reading(self, during):
        """Manifest GETs until `during` has ended."""
        self.load.write([get(MANIFEST, f"Bearer {self.access}")])
        process = self.load.start(self.server, READERS, 3600)
        time.sleep(0.2)
        try:
            during()
        finally:
            process.send_signal(signal.SIGTERM)
        return self.load.outcome(self.server, process)

    def beside_logins(self, number):
        clients = self.given.clients
        people = self.people[number * clients:(number + 1) * clients]
        path = f"/oauth2/token?service={tokens.SERVICE}&scope={SCOPE}"
        self.logins.write([get(path, tokens.basic(name, self.password)) for name in people])
        found = {}

        def sign_in():
            started = time.monotonic()
            process = self.logins.start(self.server, clients, 0)
            found.update(self.logins.outcome(self.server, process))
            found["lasted"] = time.monotonic() - started

        beside = self.reading(sign_in)
        alone = self.reading(lambda: time.sleep(found["lasted"]))
        for name, measured in [("alone", alone), ("beside sign-ins", beside)]:
            self.note(f"GET manifest, {name}", {
                "p99_us": measured["p99_us"], "p50_us": measured["p50_us"],
                "per_second": measured["jobs"] / measured["seconds"]})
        self.note("sign-ins at once", {"p50_us": found["p50_us"], "p99_us": found["p99_us"],
                                       "per_second": found["jobs"] / found["seconds"]})


def middle(samples, row, quantity):
    return statistics.median(one[quantity] for one in samples[row])


def middle_ratio(samples, row, other, quantity):
    """The median of the rounds' own ratios: what disturbs a round disturbs both of its sides."""
    return statistics.median(one[quantity] / two[quantity]
                             for one, two in zip(samples[row], samples[other]))


def table(samples, given):
    anonymous, bearer = "GET manifest, anonymous", "GET manifest, with a token"
    alone, beside = "GET manifest, alone", "GET manifest, beside sign-ins"
    issued = "POST token, refresh grant"
    cost = middle_ratio(samples, bearer, anonymous, "cpu_us")
    lines = ["| | per second | CPU us | p50 us | p99 us |", "|---|---|---|---|---|"]
    for row in [anonymous, bearer, issued, alone, beside, "sign-ins at once"]:
        cpu = f"{middle(samples, row, 'cpu_us'):,.1f}" if "cpu_us" in samples[row][0] else "-"
        lines.append(f"| {row} | {middle(samples, row, 'per_second'):,.0f} | {cpu} | "
                     f"{middle(samples, row, 'p50_us'):,.0f} | "
                     f"{middle(samples, row, 'p99_us'):,.0f} |")
    bar = BARS[0][1]
    return lines + [
        "", f"- {BARS[0][0]}: {cost:.3f}x, at most {bar}: {'met' if cost <= bar else 'MISSED'}.",
        f"- Tokens issued per second and core: {1e6 / middle(samples, issued, 'cpu_us'):,.0f}.",
        f"- p99 of a manifest GET while {given.clients} clients sign in, each with a password of "
        f"its own account that is not remembered: "
        f"{middle_ratio(samples, beside, alone, 'p99_us'):.2f}x of that alone "
        f"({middle(samples, beside, 'p99_us') / 1000:.2f} ms against "
        f"{middle(samples, alone, 'p99_us') / 1000:.2f} ms; {READERS} connections, which share "
        "the cores with the server and its password checks)."], cost <= bar


def write(bench, facts):
    lines, met = table(bench.samples, bench.given)
    text = "\n".join([
        f"# Signing in, {facts['time']}", "",
        f"{facts['cpu']}, {facts['cores']} cores, {facts['memory_gib']} GiB, Linux "
        f"{facts['kernel']}; load average {facts['load_before']:.1f} at the start. "
        f"{facts['berth']}. Medians of {bench.given.rounds} interleaved rounds, ratios round by "
        "round; the load shares the cores with the server. CPU is the server's own, all threads, "
        "per request.", "", *lines]) + "\n"
    machine.RESULTS.mkdir(exist_ok=True)
    stem = machine.RESULTS / time.strftime("sign-in-%Y%m%d-%H%M%S")
    stem.with_suffix(".md").write_text(text)
    stem.with_suffix(".json").write_text(json.dumps(
        {"machine": facts, "rounds": bench.given.rounds, "samples": bench.samples},
        indent=1) + "\n")
    return text, stem, met


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--load", required=True)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--seconds", type=float, default=3)
    arguments.add_argument("--clients", type=int, default=100)
    arguments.add_argument("--quick", action="store_true", help="2 rounds of 1 s: does it work?")
    given = arguments.parse_args()
    if given.quick:
        given.rounds, given.seconds = 2, 1
    with tempfile.TemporaryDirectory(prefix="berth-sign-in-", dir=os.environ.get("TMPDIR")) as at:
        facts = machine.machine_facts(at, binary_path())
        bench = Bench(given, at)
        bench.run()
    text, stem, met = write(bench, facts)
    print(text)
    print(f"kept in {stem}.md and .json")
    raise SystemExit(0 if met else 1)


if __name__ == "__main__":
    main()
