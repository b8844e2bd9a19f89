# SPDX-License-Identifier: Apache-2.0
"""The metadata API at 1,000 entries and at very many, one connection, in one run: pages of every
list, single objects, writes, memory while everything is walked, and the pause that deleting a large
repository imposes on other writers. docker-registry stands beside it for what it has."""

import argparse
import http.client
import os
import re
import sqlite3
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import facts as machine
import metadata_report
import work
from metadata_store import MANY, SINGLE, Plan, SeededBerth, SeededRegistry, manifest_bytes
from servers import REPOSITORY, binary_path

PAGE = 100
TAG_ORDERS = ("", "timeasc", "timedesc")
KEPT = f"/v2/{MANY}/manifests/"


def get(target):
    return work.request("GET", target)


def remove(target):
    return work.request("DELETE", target)


def put(repository, reference, number):
    return work.request("PUT", f"/v2/{repository}/manifests/{reference}", manifest_bytes(number),
                        work.OCI_IMAGE)


def page_targets(path, items, extra=""):
    """The first page, the one in the middle and the last full one of a list of `items`."""
    def after(place):
        return f"{path}?n={PAGE}{extra}&last={quote(items[place - 1], safe='')}"

    return {"first": f"{path}?n={PAGE}{extra}", "middle": after(len(items) // 2),
            "last": after(len(items) - PAGE)}


def lists(plan, kind):
    """(row, page) to the target, of those lists for which `kind` of store is the one to ask."""
    found = {}

    def add(row, targets):
        found.update({(row, page): target for page, target in targets.items()})

    tags, metadata = f"/acr/v1/{MANY}/_tags", kind != "docker-registry"
    if kind != "thousand":
        names = [plan.tag(number) for number in range(plan.tags)]
        add("/v2/_catalog", page_targets("/v2/_catalog", plan.repositories))
        add("/v2/NAME/tags/list", page_targets(f"/v2/{MANY}/tags/list", names))
    if kind != "thousand" and metadata:
        add("_catalog", page_targets("/acr/v1/_catalog", plan.repositories))
        oldest_first = plan.newest_last(plan.tags)
        add("_tags", page_targets(tags, names))
        add("_tags timeasc", page_targets(tags, oldest_first, "&orderby=timeasc"))
        add("_tags timedesc", page_targets(tags, oldest_first[::-1], "&orderby=timedesc"))
        digest = quote(plan.digests[plan.manifests // 2], safe="")
        add("_tags of a digest with 100", {"first": f"{tags}?n={PAGE}&digest={digest}"})
        digest = "&digest=" + quote(plan.digests[0], safe="")
        oldest_first = plan.newest_last(plan.single_tags)
        single = f"/acr/v1/{SINGLE}/_tags"
        add("_tags of a digest with many",
            page_targets(single, [plan.tag(number) for number in range(plan.single_tags)], digest))
        add("_tags of a digest timeasc",
            page_targets(single, oldest_first, digest + "&orderby=timeasc"))
        add("_tags of a digest timedesc",
            page_targets(single, oldest_first[::-1], digest + "&orderby=timedesc"))
    if kind != "small" and metadata:
        path = f"/acr/v1/{MANY}/_manifests"
        add("_manifests", page_targets(path, plan.sorted_digests))
        add("_manifests timeasc", page_targets(path, plan.digests, "&orderby=timeasc"))
        add("_manifests timedesc", page_targets(path, plan.digests[::-1], "&orderby=timedesc"))
    return found


def singles(plan):
    """Rows of single objects, spread over the store."""
    spread = [number * (plan.tags // 200) for number in range(200)]
    base = f"/acr/v1/{MANY}"
    return {
        "GET repository": [get(base)],
        "GET tag": [get(f"{base}/_tags/{plan.tag(number)}") for number in spread],
        "GET manifest": [get(f"{base}/_manifests/{plan.digest_of_tag(number)}")
                         for number in spread],
        "GET /v2 manifest by tag": [get(KEPT + plan.tag(number)) for number in spread],
    }


def writes(plan, count):
    """Rows in the order in which they have to be done; they leave the store as it was. Names are
    spread over the store's."""
    spread = [number * (plan.tags // count) for number in range(count)]
    new = [plan.tag(number) + "-new" for number in spread]
    fresh = range(1_000_000_000, 1_000_000_000 + count)
    digests = [work.digest_of(manifest_bytes(number)) for number in fresh]
    deletions = [remove(KEPT + digest) for digest in digests]
    return {
        "PUT new tag": [put(MANY, tag, number % plan.manifests)
                        for tag, number in zip(new, spread)],
        "PUT tag again": [put(MANY, tag, number % plan.manifests)
                          for tag, number in zip(new, spread)],
        "PUT tag elsewhere": [put(MANY, tag, (number + 1) % plan.manifests)
                              for tag, number in zip(new, spread)],
        "DELETE tag": [remove(f"/acr/v1/{MANY}/_tags/{tag}") for tag in new],
        "PUT manifest": [put(MANY, digest, number) for digest, number in zip(digests, fresh)],
        "DELETE manifest": deletions,
        "PUT manifest and tag": [put(MANY, tag, number) for tag, number in zip(new, fresh)],
        "DELETE manifest with 1 tag": deletions,
    }


class Walk:
    """A client that follows Link from page to page."""

    def __init__(self, server):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def pages(self, target):
        while target:
            self.connection.request("GET", target)
            answer = self.connection.getresponse()
            body = answer.read()
            if answer.status != 200:
                raise RuntimeError(f"GET {target}: {answer.status} {body[:200]!r}")
            yield body
            link = re.match(r"<([^>]*)>", answer.getheader("Link") or "")
            target = link and re.sub(r"^https?://[^/]*", "", link.group(1))

    def count(self, target, pattern, least_pages):
        """Entries of the list, which is walked again until there were enough pages."""
        pages, found = 0, None
        while pages < least_pages or found is None:
            entries = 0
            for body in self.pages(target):
                entries += len(re.findall(pattern, body))
                pages += 1
            if found not in (None, entries):
                raise RuntimeError(f"{target}: {found} entries, then {entries}")
            found = entries
        return found, pages


class Bench:
    def __init__(self, given, folder):
        self.given = given
        self.folder = Path(folder)
        self.load = work.Load(given.load, folder)
        self.servers = {}
        self.samples = {}   # (row, page) -> server -> [measurement, ...]
        self.memory = {}
        self.pieces = []
        self.reaped_after = None
        self.complaints = {}

    def run(self):
        try:
            self.start()
            self.walk()
            cells = self.prepare()
            for number in range(self.given.rounds):
                print(f"round {number + 1} of {self.given.rounds}", flush=True)
                self.read(number, cells)
                self.write(number)
            self.remove_repositories()
            self.pause()
            for name, found in self.memory.items():
                found["end"] = self.servers[name].memory_kib("VmHWM")
        finally:
            for server in self.servers.values():
                server.stop()

    def start(self):
        scale = 10 if self.given.quick else 1
        plans = {
            "small": Plan(1000, 10, 997, single_tags=1000),
            "thousand": Plan(100_000, 1000, 0),
            "large": Plan(1_000_000 // scale, 10_000 // scale, 100_000 // scale,
                          single_tags=100_000 // scale, doomed=3, doomed_tags=100_000 // scale),
        }
        for name, plan in plans.items():
            self.servers[name] = SeededBerth(self.folder, name, plan, self.load)
        if not self.given.without_registry:
            plan = Plan(10_000 // scale, 100 // scale, 10_000 // scale - 2)
            self.servers["docker-registry"] = SeededRegistry(self.folder, plan, self.load)
        for name, server in self.servers.items():
            print(f"{name}: {len(server.plan.repositories):,} repositories, {server.plan.tags:,} "
                  f"tags in one, loaded in {server.seed_seconds:.1f} s", flush=True)

    def measure(self, row, page, name, requests, seconds):
        """One sample; a row that the server does not answer with 2xx is told, not counted."""
        if (row, name) in self.complaints:
            return
        try:
            found = self.load.run(self.servers[name], requests, 1, seconds=seconds)
        except RuntimeError as complaint:
            self.complaints[row, name] = str(complaint)
            return
        self.samples.setdefault((row, page), {}).setdefault(name, []).append(
            {"cpu_us": found["cpu_us"], "p50_us": found["p50_us"]})

    def in_turn(self, number):
        names = list(self.servers)
        return names[number % len(names):] + names[:number % len(names)]

    def prepare(self):
        """What is read: (row, page) to the requests of each store."""
        cells = {}
        for name, server in self.servers.items():
            for cell, target in lists(server.plan, name).items():
                cells.setdefault(cell, {})[name] = [get(target)]
            if name in ("small", "large"):
                for row, requests in singles(server.plan).items():
                    cells.setdefault((row, ""), {})[name] = requests
        return cells

    def read(self, number, cells):
        for (row, page), asked in cells.items():
            for name in self.in_turn(number):
                # A page of docker-registry takes so long that a few samples do.
                if name in asked and (name != "docker-registry" or number < 3):
                    self.measure(row, page, name, asked[name], self.given.seconds)

    def write(self, number):
        names = [name for name in self.in_turn(number) if name in ("small", "large")]
        rows = {name: writes(self.servers[name].plan, self.given.writes) for name in names}
        for row in rows[names[0]]:
            for name in names:
                self.measure(row, "", name, rows[name][row], 0)

    def remove_repositories(self):
        """Last among the rows: what they remove does not come back."""
        for name in ("small", "large"):
            others = self.servers[name].plan.others
            some = others[::len(others) // 400][:400]
            for start in range(0, len(some), 40):
                self.measure("DELETE repository of 1 tag", "", name,
                             [remove(f"/acr/v1/{other}") for other in some[start:start + 40]], 0)

    def walk(self):
        """Memory before, after and at its highest while everything is listed; the small store is
        asked for as many pages as the large one has."""
        steps = [("catalog", "/v2/_catalog", "", rb"[a-z]/[a-z]")]
        steps += [("tags", f"/acr/v1/{MANY}/_tags", order, rb'"name":') for order in TAG_ORDERS]
        least_pages = {}
        for name in ("large", "small", "docker-registry"):
            server = self.servers.get(name)
            if server is None:
                continue
            Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")  # forgets VmHWM
            found = self.memory[name] = {"before": server.memory_kib("VmRSS")}
            walk = Walk(server)
            for what, path, order, pattern in steps if server.metadata else steps[:1]:
                wanted = len(server.plan.repositories) if what == "catalog" else server.plan.tags
                try:
                    entries, pages = walk.count(f"{path}?n={PAGE * 10}&orderby={order}", pattern,
                                                least_pages.get(what, 0))
                    least_pages.setdefault(what, pages)
                    self.expect(name, f"{path} {order}", entries, wanted)
                except RuntimeError as complaint:
                    self.complaints[f"walk of {path} {order}", name] = str(complaint)
                found[what] = server.memory_kib("VmRSS")
            found["peak"] = server.memory_kib("VmHWM")

    def expect(self, name, what, found, wanted):
        if found != wanted:
            self.complaints[f"walk of {what}", name] = f"{found} of {wanted} entries"

    def pause(self):
        """The waits of the stream in pieces of one length: alone, with a deletion in the middle,
        and while the rows of what was deleted are removed behind the scenes."""
        server = self.servers["large"]
        catalog = sqlite3.connect(f"file:{server.catalog_path()}?mode=ro", uri=True)
        keys = {catalog.execute("SELECT id FROM repositories WHERE name = ?", (name,)).fetchone()[0]
                for name in server.plan.doomed}
        begun = time.monotonic()
        for name in server.plan.doomed:
            self.piece("alone")
            self.piece("DELETE", name)
        before = self.remains(catalog, keys)
        while before and time.monotonic() - begun < 240:
            self.piece("waiting")
            after = self.remains(catalog, keys)
            if after != before:
                self.pieces[-1]["during"] = "rows removed"
            before = after
        self.reaped_after = None if before else time.monotonic() - begun
        catalog.close()

    def remains(self, catalog, keys):
        """What tells whether rows went, without counting, which would disturb: the first tag and
        the first manifest of each repository that still has its row."""
        found = {}
        for key in keys:
            if catalog.execute("SELECT 1 FROM repositories WHERE id = ?", (key,)).fetchall():
                found[key] = [
                    catalog.execute(f"SELECT {column} FROM {table} WHERE repository_id = ?"
                                    f" ORDER BY {column} LIMIT 1", (key,)).fetchall()
                    for table, column in (("tags", "name"), ("manifests", "digest"))]
        return found

    def piece(self, during, name=None):
        """Small tag PUTs into another repository, one after the other, for a while."""
        server = self.servers["large"]
        self.load.write([put(REPOSITORY, f"stream{number}", 0) for number in range(100)])
        stream = self.load.start(server, 1, self.given.stream_seconds)
        answered = None
        if name:
            time.sleep(self.given.stream_seconds / 4)
            connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
            begun = time.monotonic()
            connection.request("DELETE", f"/acr/v1/{name}")
            answer = connection.getresponse()
            body = answer.read()
            answered = (time.monotonic() - begun) * 1000
            tags = body.count(b'"') // 2 - 2 - body.count(b"sha256:")
            if answer.status != 202 or tags != server.plan.doomed_tags:
                self.complaints[f"DELETE {name}", "large"] = f"{answer.status} {body[:150]!r}"
        found = self.load.outcome(server, stream)
        self.pieces.append({"during": during, "answered_ms": answered} |
                           {f"{what}_ms": found[f"{what}_us"] / 1000
                            for what in ("p50", "p99", "max")})


def best(samples):
    """The sample with the least CPU: what else the machine does only ever adds."""
    return {cell: {name: min(measured, key=lambda one: one["cpu_us"])
                   for name, measured in by_server.items()}
            for cell, by_server in samples.items()}


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--load", required=True, help="the compiled load program")
    arguments.add_argument("--quick", action="store_true", help="a tenth of everything")
    arguments.add_argument("--rounds", type=int)
    arguments.add_argument("--without-registry", action="store_true")
    given = arguments.parse_args()
    given.rounds = given.rounds or (3 if given.quick else 10)
    given.seconds = 0.05 if given.quick else 0.1
    given.writes = 100 if given.quick else 200
    given.stream_seconds = 1 if given.quick else 2
    facts = machine.machine_facts(tempfile.gettempdir(), binary_path())
    with tempfile.TemporaryDirectory(prefix="berth-bench-") as folder:
        bench = Bench(given, folder)
        bench.run()
    facts["load_after"] = os.getloadavg()[0]
    text, stem = metadata_report.write(best(bench.samples), bench, facts)
    print(text)
    print(f"kept as {stem}.md and .json")


if __name__ == "__main__":
    main()
