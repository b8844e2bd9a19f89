# SPDX-License-Identifier: Apache-2.0
"""Stores with many tags and repositories: Berth's are kept from group to group; the peers' are
files of the layout that they write themselves."""

import contextlib
import json

import work
from metadata_store import MANY, Plan, SeededBerth, SeededRegistry, manifest_bytes
from peers import Distribution, Zot
from servers import REPOSITORY


def push_image(bench, server, tag, manifest, repository=REPOSITORY):
    blobs = [one for content in (work.CONFIG, work.SMALL)
             for one in work.push_requests(content, repository)]
    bench.load.run(server, blobs, 1, steps=2)
    bench.load.run(server, [work.tag_request(tag, manifest, repository)], 1)


def plan_of(bench, count):
    """`count` tags over a hundredth as many manifests. The smallest store has 1,000 repositories,
    the largest as many as the scale says."""
    repositories = {min(bench.scale.tags): 1000, max(bench.scale.tags): bench.scale.repositories}
    return Plan(count, max(count // 100, 1), repositories.get(count, 2) - 2)


def berth_store(bench, count):
    """Berth on its store of `count` tags, stopped unless it was just made."""
    if count not in bench.stores:
        store = SeededBerth(bench.folder / f"store{count}", "berth", plan_of(bench, count),
                            bench.load)
        print(f"  a store of {count:,} tags, made in {store.seed_seconds:.1f} s", flush=True)
        bench.stores[count] = store
    return bench.stores[count]


@contextlib.contextmanager
def tag_stores(bench, counts=None):
    """Count of tags to Berth, running on that store."""
    running = {}
    try:
        for count in counts or bench.scale.tags:
            running[count] = berth_store(bench, count)
            running[count].restart()
        yield running
    finally:
        for server in running.values():
            server.stop()


@contextlib.contextmanager
def peer_stores(bench):
    """The peers on stores of the same plans. distribution and docker-registry write one layout and
    share the directory, which nobody changes."""
    names = {kind.name for kind in bench.kinds}
    running = []
    try:
        for count in bench.scale.peer_tags:
            plan = plan_of(bench, count)
            if "docker-registry" in names:
                registry = SeededRegistry(bench.folder / f"peers{count}", plan, bench.load)
                running.append(registry)
                if "distribution" in names:
                    running.append(Distribution(registry.folder, data=registry.data))
                    running[-1].plan = plan
            if "zot" in names:
                running.append(SeededZot(bench.folder / f"peers{count}", plan, bench.load))
        yield running
    finally:
        for server in running:
            server.stop()


class SeededZot(Zot):
    """zot over OCI layouts, one per repository."""

    def __init__(self, folder, plan, load):
        self.plan = plan
        super().__init__(folder)
        self.stop()
        named = ((plan.tag(number), plan.digest_of_tag(number)) for number in range(plan.tags))
        self.add_repository(MANY, plan.manifests, named)
        for name in plan.others:
            self.add_repository(name, 1, [("v00000000", plan.digests[0])])
        self.start()

    def add_repository(self, name, manifests, tags):
        repository = self.data / name
        blobs = repository / "blobs" / "sha256"
        blobs.mkdir(parents=True)
        for content in [work.CONFIG, work.SMALL, *map(manifest_bytes, range(manifests))]:
            (blobs / work.digest_of(content).partition(":")[2]).write_bytes(content)
        size = len(manifest_bytes(0))
        entries = [{**work.described(work.OCI_IMAGE, digest, size),
                    "annotations": {"org.opencontainers.image.ref.name": tag}}
                   for tag, digest in tags]
        (repository / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
        (repository / "index.json").write_text(json.dumps({"schemaVersion": 2,
                                                           "manifests": entries}))
