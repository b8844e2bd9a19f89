# SPDX-License-Identifier: Apache-2.0
"""berth verify: every kind of damage is found, repaired as documented, and healed by a push."""

import shutil
import time

from berth import berth, expect_clean, files_in, flip, object_path, sql, verify
from client import Client, content_of, digest_of, expect, image_of
from load import Load
from support.server import Server

OPTIONS = ["--anonymous", "write", "--log-access", "false"]
NO_GC = OPTIONS + ["--gc-enabled", "false"]  # it would remove orphans before they are found
EAGER_GC = OPTIONS + ["--gc-grace", "5s", "--gc-read-grace", "1s", "--gc-interval", "1s"]
SMALL = content_of(500, "small")
LARGE = content_of(300_000, "large")
OTHER = content_of(100_000, "other")
CONFIG = b"{}"
MANIFEST = image_of(CONFIG, [SMALL, LARGE])
REPOSITORY = "faults/app"
UNKNOWN = "BLOB_UNKNOWN"


def fill(server):
    with Client(server, REPOSITORY) as client:
        for content in (CONFIG, SMALL, LARGE, OTHER):
            client.push_blob(content)
        client.push_manifest("v1", MANIFEST)


def expect_unknown(server, content):
    with Client(server, REPOSITORY) as client:
        answer = client.request("GET", client.path(f"blobs/{digest_of(content)}"))
        expect(answer.status == 404 and answer.error_code() == UNKNOWN,
               f"a damaged blob is served: {answer.status} {answer.body[:200]!r}")
        head = client.request("HEAD", client.path(f"blobs/{digest_of(content)}"))
        expect(head.status == 404, f"HEAD of a damaged blob: {head.status}")


def heal(server, content):
    with Client(server, REPOSITORY) as client:
        refused = client.put_manifest("v2", image_of(content, [content]))
        expect(refused.status == 400, f"a manifest may refer to a damaged blob: {refused.status}")
        client.push_blob(content)
        client.check_blob(content)
        client.push_manifest("v2", image_of(content, [content]))
        client.wanted(202, "DELETE", client.path(
            f"manifests/{digest_of(image_of(content, [content]))}"))


def with_server(context, case):
    data = context.folder / "data"
    server = Server(data, NO_GC)
    try:
        fill(server)
        expect_clean(data)
        note = case(server, data)
        expect_clean(data)
        with Client(server, REPOSITORY) as client:
            for content in (CONFIG, SMALL, LARGE, OTHER):
                client.check_blob(content)
            expect(client.get_manifest("v1") == MANIFEST, "the manifest")
    finally:
        status = server.stop()
    expect(status == 0, f"exit status {status}")
    expect_clean(data)
    return note


def expect_found(data, kinds, *flags):
    found = verify(data, *flags)
    expect(found == sorted(kinds), f"verify {' '.join(flags)}: found {found}, expected {kinds}")


def files(context):
    """a flipped byte, a truncated and a removed file, beside a server"""
    def case(server, data):
        flip(object_path(data, digest_of(LARGE)), 200_000)
        expect_found(data, [], "--quick")
        expect_found(data, ["damaged_blob"])
        expect_found(data, ["damaged_blob"], "--repair")
        expect(len(files_in(data / "quarantine")) == 1, "the bytes are not in quarantine")
        expect_unknown(server, LARGE)
        expect_found(data, ["lost_blob"], "--repair")
        heal(server, LARGE)
        expect_clean(data)
        with open(object_path(data, digest_of(LARGE)), "r+b") as file:
            file.truncate(7)
        object_path(data, digest_of(OTHER)).unlink()
        expect_found(data, ["damaged_blob", "missing_blob"], "--quick")
        expect_found(data, ["damaged_blob", "missing_blob"], "--repair")
        for content in (LARGE, OTHER):
            expect_unknown(server, content)
            heal(server, content)
        expect(len(files_in(data / "quarantine")) == 2, "the bytes are not in quarantine")
    return with_server(context, case)


def catalog_bytes(context):
    """other bytes in the catalog are never served, and healed"""
    def case(server, data):
        with Client(server, REPOSITORY) as client:
            client.check_blob(SMALL)
            sql(data, "UPDATE blobs SET bytes = zeroblob(size) WHERE digest = ?",
                (bytes.fromhex("01" + digest_of(SMALL)[7:]),))
            answer = client.request("GET", client.path(f"blobs/{digest_of(SMALL)}"))
            expect(answer.status == 500, f"damaged bytes of the catalog: {answer.status}")
            sql(data, "UPDATE manifests SET bytes = CAST(replace(bytes, '2', '3') AS BLOB)")
            answer = client.request("GET", client.path("manifests/v1"))
            expect(answer.status == 500, f"a damaged manifest: {answer.status}")
            expect_found(data, ["damaged_blob", "damaged_manifest"])
            expect_found(data, ["damaged_blob", "damaged_manifest"], "--repair")
            expect_unknown(server, SMALL)
            expect(client.get_manifest("v1") is None, "an emptied manifest is served")
            heal(server, SMALL)
            client.push_manifest("v3", MANIFEST)
            expect(client.get_manifest("v1") == MANIFEST, "its tags have their manifest again")
            client.wanted(202, "DELETE", "/acr/v1/faults/app/_tags/v3")
    return with_server(context, case)


def rows(context):
    """removed rows, orphans and counters"""
    def case(server, data):
        with Client(server, REPOSITORY) as client:
            sql(data, "PRAGMA foreign_keys = OFF")
            blob = object_path(data, digest_of(OTHER))
            orphan = blob.with_name(blob.name[:-4] + "0000")
            shutil.copy(blob, orphan)
            (data / "uploads" / "14e4d9c9-725f-4d86-b36f-5cd2cdbdcfab").write_bytes(b"bytes")
            sql(data, "UPDATE repositories SET tag_count = tag_count + 3")
            expect_found(data, ["orphan_object", "orphan_upload", "wrong_counter"])
            expect_found(data, ["orphan_object", "orphan_upload", "wrong_counter"], "--repair")
            expect(not orphan.exists() and blob.exists(), "the wrong file was removed")
            expect_clean(data)
            # A row of blobs that is gone: its object is an orphan, its links point at nothing.
            sql(data, "DELETE FROM blobs WHERE digest = ?",
                (bytes.fromhex("01" + digest_of(OTHER)[7:]),))
            expect_found(data, ["broken_link", "orphan_object"])
            sql(data, "DELETE FROM blob_links WHERE blob_id NOT IN (SELECT id FROM blobs)")
            expect_found(data, ["orphan_object"], "--repair")
            client.push_blob(OTHER)
            # A link that is gone: what needs it is incomplete.
            sql(data, "DELETE FROM blob_links WHERE blob_id ="
                " (SELECT id FROM blobs WHERE digest = ?)",
                (bytes.fromhex("01" + digest_of(LARGE)[7:]),))
            notes = expect_clean(data)["notes"]
            expect([one["kind"] for one in notes] == ["incomplete_manifest"], str(notes))
            client.push_blob(LARGE)
            sql(data, "DELETE FROM manifest_references WHERE position = 1")
            expect_found(data, ["wrong_references"])
            client.wanted(202, "DELETE", client.path(f"manifests/{digest_of(MANIFEST)}"))
            client.push_manifest("v1", MANIFEST)
    return with_server(context, case)


def pages(context):
    """a catalog whose pages are damaged"""
    data = context.folder / "data"
    server = Server(data, OPTIONS)
    try:
        fill(server)
    finally:
        expect(server.stop() == 0, "stop")
    file = data / "catalog.db"
    size = file.stat().st_size
    with open(file, "r+b") as catalog:
        for page in range(4, size // 4096):
            catalog.seek(page * 4096)
            catalog.write(b"\xff" * 16)
    done = berth("verify", data=data)
    expect(done.status == 3 and done.json["counts"]["damaged_catalog"] > 0,
           f"exit {done.status}: {done.text[:500]} {done.stderr[:500]}")


def alone(context):
    """no server, a mistake in the command line, no catalog"""
    data = context.folder / "data"
    berth("verify", data=data).expect(1)
    server = Server(data, OPTIONS)
    try:
        fill(server)
    finally:
        server.kill()
    expect_clean(data)
    berth("verify", "--mend", data=data).expect(2)


def under_load(context):
    """no false alarm while clients push, delete and garbage is collected"""
    data = context.folder / "data"
    server = Server(data, EAGER_GC)
    deadline = time.monotonic() + 60
    try:
        with Load(server, context.seed) as load:
            checks = 0
            while checks < context.rounds or load.counts()[1] < 20:
                done = berth("verify", *(["--repair"] if checks % 2 else []), data=data)
                expect(done.status == 0, f"check {checks}: exit {done.status}\n{done.text[:3000]}"
                       f"{done.stderr}")
                load.expect_well()
                checks += 1
                expect(time.monotonic() < deadline, f"only {load.counts()} pushed and deleted")
        load.expect_well()
        for pusher, images in load.snapshots().items():
            pusher.check(server, images)
        pushed, deleted = load.counts()
    finally:
        status = server.stop()
    expect(status == 0, f"exit status {status}")
    expect_clean(data)
    return f"{checks} checks, {pushed} images pushed, {deleted} deleted meanwhile"


CASES = [files, catalog_bytes, rows, pages, alone, under_load]
