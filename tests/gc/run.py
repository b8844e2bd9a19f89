#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs the workers, the collectors and the kills; run.sh says what is checked."""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

TESTS = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS), str(TESTS / "faults")]

from client import BROKEN, Client, Failure, digest_of, expect  # noqa: E402
from support.seeded import add_seed  # noqa: E402
from support.server import Server, binary_path  # noqa: E402
from final import check_all  # noqa: E402
from oracle import Slot, Tally  # noqa: E402
from workers import REPOSITORIES, Worker  # noqa: E402

NO_GRACE = {"BERTH_GC_GRACE": "0s", "BERTH_GC_READ_GRACE": "0s", "BERTH_GC_INTERVAL": "1s"}
OPTIONS = ["--anonymous", "write", "--log-access", "false", "--gc-grace", "0s",
           "--gc-read-grace", "0s", "--gc-interval", "1s"]
TAGS_EACH = 1


class Place:
    """Where the server is, whichever process it is at the moment."""

    def __init__(self, data, seed):
        self.data = data
        self.seed = seed
        self.stopping = threading.Event()
        self.server = Server(data, OPTIONS)
        self.host, self.port = self.server.host, self.server.port

    def kill_and_start(self):
        self.server.kill()
        self.server = Server(self.data, OPTIONS, listen=f"{self.host}:{self.port}")


def berth_gc(data, *words):
    """The report of one run."""
    done = subprocess.run([binary_path(), "gc", "--data", str(data), "--output", "json", *words],
                          env={**os.environ, **NO_GRACE}, capture_output=True, text=True,
                          timeout=120, check=False)
    expect(done.returncode == 0, f"berth gc: {done.returncode} {done.stderr[-500:]}")
    return json.loads(done.stdout)


def collect_beside(place, tally):
    while not place.stopping.is_set():
        try:
            report = berth_gc(place.data)
        except (Failure, subprocess.TimeoutExpired) as problem:
            tally.fail(str(problem))
            return
        tally.count("runs of berth gc")
        for name in ("links_dropped", "blobs_removed", "orphans_removed"):
            tally.count(f"{name} by berth gc", report[name])
        place.stopping.wait(0.02)


def settle_all(place, slots):
    """What the answers that were lost left open."""
    with Client(place) as client:
        for slot in slots:
            _version, images = slot.look()
            answer = client.request("GET", f"/v2/{slot.repository}/manifests/{slot.tag}")
            bodies = [image.bytes if image else None for image in images]
            found = answer.body if answer.status == 200 else None
            expect(found in bodies, f"{slot.repository}:{slot.tag} is none of the "
                   f"{len(images)} that it may be ({answer.status})")
            slot.settle(images[bodies.index(found)])
            for stale in slot.stale + [image for image in images if image and
                                       image is not slot.image]:
                client.request("DELETE", f"/v2/{slot.repository}/manifests/{stale.digest}")
            slot.stale = []


def pull_all(place, slots):
    with Client(place) as client:
        for slot in slots:
            if slot.image is None:
                continue
            for blob in slot.image.blobs:
                answer = client.request("GET", f"/v2/{slot.repository}/blobs/{digest_of(blob)}")
                expect(answer.status == 200 and answer.body == blob,
                       f"blob of {slot.repository}:{slot.tag}: {answer.status}")


def quiet(place, slots):
    """All requests have ended: ends the sessions that nobody went on with, and collects."""
    place.server.stop()
    short = Server(place.data, OPTIONS + ["--limits-upload-age-max", "1s"])
    try:
        settle_all(short, slots)
        pull_all(short, slots)
    finally:
        short.stop()
    deadline = time.monotonic() + 30
    while True:
        # Sessions end when a server starts; a second later the youngest are old enough.
        time.sleep(1.1)
        server = Server(place.data, OPTIONS + ["--limits-upload-age-max", "1s"])
        server.stop()
        berth_gc(place.data)
        try:
            return check_all(place.data, slots)
        except Failure:
            if time.monotonic() > deadline:
                raise


def delete_all(place, slots):
    server = Server(place.data, OPTIONS)
    try:
        with Client(server) as client:
            for slot in slots:
                if slot.image is not None:
                    target = f"/v2/{slot.repository}/manifests/{slot.image.digest}"
                    client.wanted(202, "DELETE", target)
                    slot.settle(None)
    finally:
        server.stop()
    forecast = berth_gc(place.data, "--dry-run")
    report = berth_gc(place.data)
    return forecast, report


def run(given, folder):
    tally = Tally()
    place = Place(Path(folder) / "data", given.seed)
    choose = random.Random(given.seed)
    slots = [[Slot(REPOSITORIES[(number + i) % len(REPOSITORIES)], f"w{number}-{i}")
              for i in range(TAGS_EACH)] for number in range(given.workers)]
    everybody = [slot for own in slots for slot in own]
    workers = [Worker(number, place, own, everybody, tally) for number, own in enumerate(slots)]
    beside = threading.Thread(target=collect_beside, args=(place, tally), daemon=True)
    for thread in [*workers, beside]:
        thread.start()
    kills = sorted(choose.uniform(0.2, 0.9) * given.seconds for _ in range(given.kills))
    started = time.monotonic()
    for at in [*kills, given.seconds]:
        time.sleep(max(0.0, started + at - time.monotonic()))
        if tally.failures:
            break
        if at < given.seconds:
            place.kill_and_start()
    place.stopping.set()
    for thread in [*workers, beside]:
        thread.join(120)
        expect(not thread.is_alive(), f"{thread.name} does not end")
    for name, count in sorted(tally.counts.items()):
        print(f"     {count:7} {name}")
    try:
        expect(not tally.failures, "\n     ".join(tally.failures[:10]))
        yield "what was acknowledged could be pulled at any time"
        blobs = quiet(place, everybody)
        yield f"when all is quiet, what is needed is there and nothing else ({blobs} blobs)"
        forecast, report = delete_all(place, everybody)
        expect(forecast["blobs_removed"] == report["blobs_removed"] == blobs,
               f"forecast {forecast['blobs_removed']}, collected {report['blobs_removed']}, "
               f"there were {blobs}")
        check_all(place.data, everybody)
        yield "the forecast came true and nothing is left of what was deleted"
    finally:
        place.server.kill()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    add_seed(arguments)
    arguments.add_argument("--seconds", type=float, default=30)
    arguments.add_argument("--workers", type=int, default=10)
    arguments.add_argument("--kills", type=int, default=2)
    given = arguments.parse_args()
    print(f"seed {given.seed}", flush=True)
    passed = failed = 0
    with tempfile.TemporaryDirectory(prefix="berth-gc-") as folder:
        try:
            for text in run(given, folder):
                print(f"ok   {text}", flush=True)
                passed += 1
        except (Failure, OSError, *BROKEN) as problem:
            print(f"FAIL {type(problem).__name__}: {problem}\n     seed {given.seed}", flush=True)
            failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
