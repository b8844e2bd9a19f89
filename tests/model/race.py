# SPDX-License-Identifier: Apache-2.0
"""Locks against changes that come at the same time (docs/locks.md "Every decision about a change").

In a round several clients send one kind of change as fast as they can while another connection sets
a lock. A change and the PATCH are each one transaction, so from the PATCH's answer on nothing may
move:
- no change sent after that answer succeeds;
- what the PATCH itself answered, what is read right after it and what is read when all clients are
  done is the same: whatever was sent earlier has either happened before the PATCH or never does;
- no time in it is later than that of a tag pushed elsewhere after the PATCH's answer.
Which blobs there are no PATCH answers: there the first reading is a moment late, and the order of
events is left to registry/locks_overtake_test.cc.
A row in which no round saw both a success and the refusal of a change that was under way when the
PATCH was answered has shown nothing, and fails."""

import http.client
import json
import tempfile
import threading
import time
from pathlib import Path

from client import Answer
from moment import ticks_of
from race_rows import CLIENTS, empty_index, put, ROWS, SOURCE, Try
from support.server import Server
from universe import Blob

ROUNDS_MAX = 25
SECONDS_ALL = 25  # shared by the rows; every row has at least one round
SECONDS_ROUND = 15
LATE_TRIES = 3  # of each client, after the PATCH was answered
PATCHES_MAX = 2000
BLOBS = 60
OPTIONS = ["--anonymous", "write", "--log-access", "false"]


class Broken(Exception):
    """A property does not hold."""


class RaceClient:
    """One kept-alive connection."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection(server.host, server.port, timeout=30)

    def send(self, one):
        self.connection.request(one.method, one.target, body=one.body, headers=one.headers)
        return Answer(self.connection.getresponse())

    def status(self, one):
        return self.send(one).status

    def must(self, one, status):
        answer = self.send(one)
        if answer.status != status:
            raise Broken(f"{one.method} {one.target}: {answer.status}, not {status}: "
                         f"{answer.body[:300]!r}")
        return answer

    def get(self, path):
        return json.loads(self.must(Try("GET", path), 200).body)

    def look(self, path):
        """HEAD tells whether it is there, GET what is said about it."""
        method, _, target = path.rpartition(" ")
        return self.status(Try(method, target)) if method else self.get(target)


class Round:
    """What the threads of one round share. A client stops some tries after the lock."""

    def __init__(self, row, threshold):
        self.row = row
        self.threshold = threshold  # successes before the PATCH is sent
        self.condition = threading.Condition()
        self.start = threading.Barrier(CLIENTS + 1)
        self.successes = 0
        self.running = CLIENTS
        self.patched_at = None
        self.over = time.monotonic() + SECONDS_ROUND
        self.answers = []  # (try, when it was sent, status)
        self.problems = []

    def hammer(self, client, number):
        try:
            self.start.wait()
            self.send_all(client, number)
        except (OSError, http.client.HTTPException, Broken) as problem:
            self.problems.append(f"client {number}: {type(problem).__name__}: {problem}")
        finally:
            with self.condition:
                self.running -= 1
                self.condition.notify_all()

    def send_all(self, client, number):
        late = 0
        for one in self.row.tries(number):
            sent = time.monotonic_ns()
            status = client.status(one)
            self.answers.append((one, sent, status))
            if not one.judged:
                continue
            if status in self.row.done:
                with self.condition:
                    self.successes += 1
                    if self.successes >= self.threshold:
                        self.condition.notify_all()
            late += self.patched_at is not None and sent > self.patched_at
            if late >= LATE_TRIES or time.monotonic() > self.over:
                return

    def lock(self, client):
        """Answers what the PATCH that found something to lock said."""
        self.start.wait()
        with self.condition:
            self.condition.wait_for(
                lambda: self.successes >= self.threshold or self.running == 0, SECONDS_ROUND)
        change = Try("PATCH", self.row.item, json.dumps(self.row.lock).encode(),
                     "application/json")
        for _ in range(PATCHES_MAX):
            answer = client.send(change)
            if answer.status == 200:
                self.patched_at = time.monotonic_ns()
                return json.loads(answer.body)
            if answer.status != 404:
                break
        raise Broken(f"PATCH {change.target}: {answer.status}: {answer.body[:300]!r}")


# --- What must hold


def look_at(row, client):
    return [row.frozen(client.get(row.item)), *(client.look(path) for path in row.looked_at())]


def times_in(value):
    if isinstance(value, dict):
        for name, member in value.items():
            if name in ("createdTime", "lastUpdateTime"):
                yield ticks_of(member)
            else:
                yield from times_in(member)
    elif isinstance(value, list):
        for member in value:
            yield from times_in(member)


def judge(one_round):
    """Answers whether this round had successes, and refusals of what was sent before the PATCH was
    answered."""
    row, succeeded, met = one_round.row, False, False
    for one, sent, status in one_round.answers:
        allowed = {*row.done, *row.refused, 404} if one.judged else {201, 405}
        if status not in allowed:
            raise Broken(f"{one.method} {one.target}: {status}")
        if not one.judged:
            continue
        late = sent > one_round.patched_at
        succeeded |= status in row.done
        met |= status in row.refused and not late
        if status in row.done and late:
            after = (sent - one_round.patched_at) / 1e6
            raise Broken(f"{one.method} {one.target}, sent {after:.3f} ms after the lock was "
                         f"answered: {status}")
    return succeeded and met


def compare_states(answered, first, last, bound):
    if answered != first[0]:
        raise Broken(f"moved after the PATCH: it answered\n     {answered}\n     then\n"
                     f"     {first[0]}")
    for before, after in zip(first, last):
        if before != after:
            raise Broken(f"moved after the lock:\n     {before}\n     to\n     {after}")
    if any(ticks is None or ticks > bound for ticks in times_in(last)):
        raise Broken(f"has a time after that of the lock, {bound}: {last}")


class Race:
    def __init__(self, server, random):
        self.random = random
        self.clients = [RaceClient(server) for _ in range(CLIENTS)]
        self.locker = RaceClient(server)
        self.blobs = [Blob(f"race {number}".encode()) for number in range(BLOBS)]
        self.clock = empty_index("clock")
        self.rounds = 0
        self.met = 0

    def reconnect(self):
        """A failure may have left an answer unread."""
        for client in [*self.clients, self.locker]:
            client.connection.close()

    def prepare(self):
        for blob in self.blobs:
            self.locker.must(Try("POST", f"/v2/{SOURCE}/blobs/uploads/?digest={blob.digest}",
                                 blob.content), 201)

    def server_time(self):
        self.locker.must(put("race/clock", self.clock, "now"), 201)
        return ticks_of(self.locker.get("/acr/v1/race/clock/_tags/now")["tag"]["lastUpdateTime"])

    def row(self, kind, place, until):
        """Rounds of one row until `until`, and on until one has shown something."""
        met = 0
        for number in range(ROUNDS_MAX):
            met += self.one_round(kind(f"{place}/{number}", self.blobs))
            self.rounds += 1
            if met and time.monotonic() > until:
                break
        if met == 0:
            raise Broken("in no round did the lock meet a change that was under way")
        self.met += met

    def one_round(self, row):
        row.prepare(self.locker)
        this = Round(row, self.random.randint(1, BLOBS // 3))
        threads = [threading.Thread(target=this.hammer, args=(client, number), daemon=True)
                   for number, client in enumerate(self.clients)]
        for thread in threads:
            thread.start()
        try:
            answered = row.frozen(this.lock(self.locker))
            first = look_at(row, self.locker)
            bound = self.server_time()
        finally:
            this.over = 0 if this.patched_at is None else this.over
            for thread in threads:
                thread.join()
        if this.problems:
            raise Broken("; ".join(this.problems))
        met = judge(this)
        compare_states(answered, first, look_at(row, self.locker), bound)
        row.afterwards(self.locker)
        return met


def run(random):
    """Answers how many rounds passed and how many rows failed."""
    started, failed = time.monotonic(), 0
    with tempfile.TemporaryDirectory(prefix="berth-race-") as folder:
        server = Server(Path(folder) / "data", OPTIONS)
        try:
            race = Race(server, random)
            race.prepare()
            for number, kind in enumerate(ROWS):
                until = started + SECONDS_ALL * (number + 1) / len(ROWS)
                try:
                    race.row(kind, f"race/{number}", until)
                except (Broken, OSError, http.client.HTTPException) as problem:
                    failed += 1
                    print(f"FAIL race, {kind.name}\n     {type(problem).__name__}: {problem}")
                    race.reconnect()
        finally:
            server.stop()
    print(f"races: {race.rounds} rounds of {len(ROWS)} rows, the lock met a change under way in "
          f"{race.met} [{time.monotonic() - started:.1f} s]")
    return race.rounds, failed
