# SPDX-License-Identifier: Apache-2.0
"""Counts the instructions that the server spends on requests of each kind, by running it under
callgrind, and compares them with baseline.json. A count depends on neither the machine's speed nor
its load, so a path that became more expensive is seen on any machine.

  run.py [--record] [--rounds N]"""

import argparse
import base64
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import work  # noqa: E402, bench/work.py; it also makes tests/support known
from support.server import Server  # noqa: E402

BASELINE = HERE / "baseline.json"
# What is allowed beside the baseline: patched libraries of the distribution move a count a little.
TOLERANCE = 0.05
REQUESTS = 200
WARM_UP = 20
START_SECONDS = 120
NAME = "guard/app"
# Work in the background would be counted with the requests it happens to run beside.
OPTIONS = ("--anonymous", "write", "--log-access=false", "--server-io-threads", "1",
           "--gc-enabled=false", "--scrub-interval", "0s")
# The newest instructions are left out, so that every machine takes the same path through libc and
# OpenSSL.
SAME_CPU = {"GLIBC_TUNABLES": "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-BMI2,-ERMS,-AVX",
            "OPENSSL_ia32cap": "~0x1000000000000000:~0xffffffffffffffff"}


class Client(Server):
    """Berth on `data`, and a kept-alive connection to it."""

    def __init__(self, data, wrap=()):
        super().__init__(data, OPTIONS, wrap=wrap, seconds=START_SECONDS)
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=60)

    @property
    def pid(self):
        return self.process.pid  # valgrind becomes the program it runs

    def ask(self, method, path, body=None, expected=(200, 201, 202), **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        self.connection.request(method, path, body, fields)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status not in expected:
            raise RuntimeError(f"{method} {path}: {answer.status} {content[:300]}")
        return answer, content

    def stop(self, seconds=60):
        self.connection.close()
        return super().stop(seconds)


class Profiled(Client):
    """The same under callgrind, with counting switched off; `profile` is the file it writes."""

    def __init__(self, data, profile):
        self.profile = profile
        super().__init__(data, ("valgrind", "--tool=callgrind", "--instr-atstart=no",
                                f"--callgrind-out-file={profile}"))

    def control(self, *options):
        subprocess.run(["callgrind_control", *options, str(self.pid)], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def counted(self, step, times):
        """Instructions of one `step`, the mean of `times`."""
        for number in range(WARM_UP):
            step(-number - 1)
        before = set(self.profile.parent.glob("profile.*"))
        self.control("--instr=on")
        for number in range(times):
            step(number)
        self.control("--instr=off")
        self.control("--dump")
        written, = set(self.profile.parent.glob("profile.*")) - before
        return int(re.search(r"^totals: (\d+)", written.read_text(), re.M).group(1)) / times


def push_blob(server, content):
    answer, _ = server.ask("POST", f"/v2/{NAME}/blobs/uploads/", b"")
    link = answer.getheader("Location")
    server.ask("PUT", f"{link}&digest={work.digest_of(content)}", content,
               Content_Type="application/octet-stream")


def put_manifest(server, tag, note):
    server.ask("PUT", f"/v2/{NAME}/manifests/{tag}", work.image(note), Content_Type=work.OCI_IMAGE)


def token_of(server):
    basic = base64.b64encode(f"admin:{server.password()}".encode()).decode()
    _, content = server.ask("GET", "/oauth2/token?service=guard&scope=repository:*:pull",
                            Authorization=f"Basic {basic}", Host="guard")
    return json.loads(content)["access_token"]


def seed(data):
    """An image under 100 tags; answers an access token."""
    server = Client(data)
    try:
        push_blob(server, work.CONFIG)
        push_blob(server, work.SMALL)
        for number in range(100):
            put_manifest(server, f"t{number}", "seed")
        return token_of(server)
    finally:
        server.stop()


def paths(server, token, round_number):
    """Name -> one request of that kind."""
    tagged = f"/v2/{NAME}/manifests/t1"
    by_digest = f"/v2/{NAME}/manifests/{work.digest_of(work.image('seed'))}"
    blob = f"/v2/{NAME}/blobs/{work.digest_of(work.SMALL)}"
    missing = f"/v2/{NAME}/blobs/{work.digest_of(b'missing')}"

    def unique(number):
        return f"{round_number} {number}"

    return {
        "GET /v2/": lambda _: server.ask("GET", "/v2/", expected=(401,)),
        "GET manifest by tag": lambda _: server.ask("GET", tagged, Accept=work.OCI_IMAGE),
        "GET manifest by tag, token": lambda _: server.ask(
            "GET", tagged, Accept=work.OCI_IMAGE, Host="guard", Authorization=f"Bearer {token}"),
        "GET manifest by digest": lambda _: server.ask("GET", by_digest, Accept=work.OCI_IMAGE),
        "HEAD blob": lambda _: server.ask("HEAD", blob),
        "HEAD blob, missing": lambda _: server.ask("HEAD", missing, expected=(404,)),
        "GET 1 KiB blob": lambda _: server.ask("GET", blob),
        "GET page of 100 tags": lambda _: server.ask("GET", f"/v2/{NAME}/tags/list?n=100"),
        "GET attributes of 100 tags": lambda _: server.ask("GET", f"/acr/v1/{NAME}/_tags?n=100"),
        "push 1 KiB blob": lambda number: push_blob(
            server, unique(number).ljust(1024).encode()),
        "PUT manifest": lambda number: put_manifest(server, "new", unique(number)),
    }


def measure(rounds):
    """Name -> instructions of one request, the least of all rounds."""
    os.environ.update(SAME_CPU)
    least = {}
    with tempfile.TemporaryDirectory(prefix="berth-guard-") as folder:
        folder = Path(folder)
        data = folder / "data"
        token = seed(data)
        server = Profiled(data, folder / "profile")
        try:
            for number in range(rounds):
                for name, step in paths(server, token, number).items():
                    found = server.counted(step, REQUESTS)
                    least[name] = min(found, least.get(name, found))
        finally:
            server.stop()
    return {name: round(count) for name, count in least.items()}


def compare(found, recorded):
    """Prints the table; answers how many passed and how many failed."""
    failed = 0
    for name in sorted(recorded.keys() | found.keys()):
        if name not in recorded or name not in found:
            print(f"FAILED {name}: in only one of baseline and measurement; --record")
            failed += 1
            continue
        change = found[name] / recorded[name] - 1
        is_worse = change > TOLERANCE
        failed += is_worse
        note = "; better than recorded, --record" if change < -TOLERANCE else ""
        print(f"{'FAILED' if is_worse else 'ok    '} {name}: {found[name]} instructions, "
              f"{change:+.1%}{note}")
    return len(recorded.keys() | found.keys()) - failed, failed


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--record", action="store_true", help="write the baseline anew")
    arguments.add_argument("--rounds", type=int, default=2)
    given = arguments.parse_args()
    found = measure(given.rounds)
    if given.record:
        BASELINE.write_text(json.dumps(found, indent=2) + "\n")
    passed, failed = compare(found, json.loads(BASELINE.read_text()))
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
