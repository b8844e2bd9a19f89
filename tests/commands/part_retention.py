# SPDX-License-Identifier: Apache-2.0
"""Retention rules and deleted items beside a running server."""

import hashlib
import json
import sqlite3
import time

from registry import Registry, expect, expect_equal

INDEX = "application/vnd.oci.image.index.v1+json"
IMAGE = "application/vnd.oci.image.manifest.v1+json"
FAST = ["--anonymous", "write", "--retention-interval", "1s", "--gc-grace", "0s"]
WAIT_SECONDS = 30


def index(mark):
    """A manifest that needs no blob, and its digest."""
    content = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": [],
                          "annotations": {"mark": mark}}).encode()
    return content, "sha256:" + hashlib.sha256(content).hexdigest()


def push(registry, reference, content):
    answer = registry.ask("PUT", f"/v2/app/manifests/{reference}", {"Content-Type": INDEX}, content)
    expect_equal(answer.status, 201, f"push of {reference}")


def status(registry, reference, method="GET"):
    return registry.ask(method, f"/v2/app/manifests/{reference}").status


def until(condition, what):
    """Waits for what the server does in the background."""
    ends = time.monotonic() + WAIT_SECONDS
    while not condition():
        expect(time.monotonic() < ends, f"{what}: not within {WAIT_SECONDS} s")
        time.sleep(0.1)


def audit_lines(registry):
    text = (registry.data / "audit.log").read_text()
    return [json.loads(line) for line in text.splitlines()]


def applied(folder):
    """a running server applies a rule that was made beside it, into the bin, and says so"""
    with Registry(folder, *FAST, "--soft-delete-days", "7") as registry:
        content, digest = index("one")
        kept, _ = index("two")
        push(registry, "old", content)
        push(registry, "kept", kept)
        registry.text("retention", "create", "tidy", "--tags", "old", "--older-than", "0s")
        until(lambda: status(registry, "old") == 404, "the rule")
        expect_equal(status(registry, "kept"), 200, "a tag that does not match")
        until(lambda: any(line.get("principal") == "retention:tidy"
                          for line in audit_lines(registry)), "its audit line")
        line = [line for line in audit_lines(registry) if line.get("kind") == "retention"][0]
        expect_equal([line[key] for key in ("operation", "repository", "reference", "digest",
                                            "reason")],
                     ["retention_delete", "app", "old", digest, "due"], "audit line")
        bin_ = registry.json("deleted", "list")
        expect_equal([each["digest"] for each in bin_[0]["manifests"]], [digest], "the bin")
        expect_equal(bin_[0]["tags"][0]["deleted_by"], "retention:tidy", "who deleted it")
        registry.text("retention", "disable", "tidy")
        registry.text("deleted", "restore", "app:old")
        expect_equal(status(registry, "old"), 200, "the restored tag")
        # Once another rule was applied, the disabled one would have been.
        registry.text("retention", "create", "witness", "--tags", "kept", "--older-than", "0s")
        until(lambda: status(registry, "kept") == 404, "another rule")
        expect_equal(status(registry, "old"), 200, "a disabled rule")


def reported(folder):
    """a dry run says what a run then does, beside a server that does nothing by itself"""
    with Registry(folder, "--anonymous", "write", "--retention-interval", "1d") as registry:
        for mark in ("a", "b", "c"):
            push(registry, mark, index(mark)[0])
        registry.text("retention", "create", "few", "--keep-last", "2")
        dry = registry.json("retention", "run", "--dry-run")
        expect_equal(status(registry, "a"), 200, "after the dry run")
        wet = registry.json("retention", "run")
        expect_equal((dry["dry_run"], wet["dry_run"]), (True, False), "dry_run")
        expect_equal(wet["deleted"], dry["deleted"], "what was deleted")
        expect_equal(wet["kept"], dry["kept"], "what was kept")
        expect_equal([each["tag"] for each in wet["deleted"]], ["a"], "the oldest")
        expect_equal([each["reason"] for each in wet["kept"]], ["newest"] * 2, "the others")
        expect_equal(status(registry, "a"), 404, "after the run")


def pulls(folder):
    """a pull is remembered and keeps a manifest from a rule about pulls; a HEAD is none"""
    registry = Registry(folder, "--anonymous", "write", "--retention-interval", "1d")
    try:
        pulled, pulled_digest = index("pulled")
        push(registry, "pulled", pulled)
        push(registry, "asked", index("asked")[0])
        expect_equal(status(registry, pulled_digest), 200, "pull")
        expect_equal(status(registry, "asked", "HEAD"), 200, "HEAD")
    finally:
        ended = registry.server.stop()
    expect_equal(ended, 0, "exit status")
    # As if both had been pushed a hundred days ago.
    past = (int(time.time()) - 100 * 86400) * 10_000_000
    with sqlite3.connect(registry.data / "catalog.db") as catalog:
        for table in ("tags", "manifests"):
            catalog.execute(f"UPDATE {table} SET updated_at = ?", (past,))
    registry.text("retention", "create", "unused", "--not-pulled-for", "90d")
    report = registry.json("retention", "run", "--dry-run")
    expect_equal([each["tag"] for each in report["deleted"]], ["asked"], "what nobody pulled")
    expect_equal([(each["tag"], each["reason"]) for each in report["kept"]],
                 [("pulled", "pulled_lately")], "what was pulled")


def collected(folder):
    """the bin holds its blobs against the collector until they are purged"""
    settings = folder / "berth.toml"
    settings.write_text('[gc]\ngrace = "0s"\nread_grace = "0s"\n')
    with Registry(folder, "--anonymous", "write", "--soft-delete-days", "7",
                  "--gc-enabled=false") as registry:
        config = b'{"bin":1}'
        name = "sha256:" + hashlib.sha256(config).hexdigest()
        expect_equal(registry.push_blob({}, "app", config), 201, "push of a blob")
        part = {"mediaType": "application/vnd.oci.empty.v1+json", "digest": name,
                "size": len(config)}
        content = json.dumps({"schemaVersion": 2, "mediaType": IMAGE, "config": part,
                              "layers": []}).encode()
        answer = registry.ask("PUT", "/v2/app/manifests/v1", {"Content-Type": IMAGE}, content)
        expect_equal(answer.status, 201, "push of an image")
        image = "/v2/app/manifests/sha256:" + hashlib.sha256(content).hexdigest()
        expect_equal(registry.ask("DELETE", image).status, 202, "deletion")
        blobs = f"/v2/app/blobs/{name}"
        for _ in range(3):  # its links, the blob, its bytes
            registry.text("gc", "--config", settings)
        registry.text("deleted", "restore", "app:v1")
        blob = registry.ask("GET", blobs)
        expect_equal((blob.status, blob.body), (200, config), "the blob of what was restored")
        expect_equal(registry.ask("DELETE", image).status, 202, "deletion again")
        registry.text("deleted", "purge", "--all")

        def gone():
            registry.text("gc", "--config", settings)
            with sqlite3.connect(registry.data / "catalog.db") as catalog:
                return catalog.execute("SELECT count(*) FROM blobs").fetchone() == (0,)
        until(gone, "the collection of what was purged")


CASES = [collected, applied, reported, pulls]
