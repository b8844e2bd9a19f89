# SPDX-License-Identifier: Apache-2.0
"""Stores of every earlier schema: they open, serve everything and pass the check."""

import base64
import json
import shutil
import signal
import subprocess
import time

import old_store
from berth import berth, expect_clean, sql
from client import Client, content_of, expect, image_of
from support import schema
from support.server import Server, StartError, binary_path

OPTIONS = ["--anonymous", "write", "--log-access", "false"]
PASSWORD = "old password of alice"


def password_hash(folder):
    """Of a password, as the server itself makes it."""
    data = folder / "hashes"
    server = Server(data, OPTIONS)
    try:
        made = subprocess.run([binary_path(), "user", "create", "alice", "--password-stdin",
                               "--data", str(data)], input=PASSWORD, text=True,
                              capture_output=True, timeout=30, check=False)
        expect(made.returncode == 0, made.stderr)
    finally:
        expect(server.stop() == 0, "stop")
    return sql(data, "SELECT hash FROM passwords WHERE account = 'alice'")[0][0]


def check_everything(server):
    with Client(server, old_store.REPOSITORY) as client:
        for name in ("v1", "latest"):
            expect(client.get_manifest(name) == old_store.MANIFEST, f"tag {name}")
        for content in (old_store.CONFIG, *old_store.LAYERS):
            client.check_blob(content)
        listed = client.wanted(200, "GET", client.path("tags/list"))
        expect("latest" in json.loads(listed.body)["tags"], listed.body.decode()[:300])
        catalog = client.wanted(200, "GET", "/v2/_catalog")
        expect(old_store.REPOSITORY in json.loads(catalog.body)["repositories"], "the catalog")
        attributes = client.wanted(200, "GET", f"/acr/v1/{old_store.REPOSITORY}")
        expect(json.loads(attributes.body)["tagCount"] >= 2, attributes.body.decode())


def push_more(server):
    with Client(server, old_store.REPOSITORY) as client:
        layer = content_of(40_000, "new")
        for content in (old_store.CONFIG, layer):
            client.push_blob(content)
        client.push_manifest("new", image_of(old_store.CONFIG, [layer]))
        client.check_blob(layer)


def sign_in(server):
    credentials = base64.b64encode(f"alice:{PASSWORD}".encode()).decode()
    with Client(server) as client:
        answer = client.request("GET", "/v2/", headers={"Authorization": f"Basic {credentials}"})
        expect(answer.status == 200, f"alice's password: {answer.status}")


def every_version(context):
    """a store of each earlier version opens, serves byte for byte, and goes on"""
    secret = password_hash(context.folder)
    for version in range(1, schema.NEWEST + 1):
        data = context.folder / f"v{version}"
        old_store.make(data, version, secret)
        server = Server(data, OPTIONS)
        try:
            check_everything(server)
            sign_in(server)
            push_more(server)
        finally:
            status = server.stop()
        expect(status == 0, f"version {version}: exit status {status}")
        expect(old_store.version_of(data) == (schema.NEWEST,) * 2, f"version {version} is now "
               f"{old_store.version_of(data)}")
        expect_clean(data)
        server = Server(data, OPTIONS)
        try:
            check_everything(server)
        finally:
            expect(server.stop() == 0, "stop")
    return f"versions 1 to {schema.NEWEST}"


def by_commands(context):
    """the commands upgrade, too; a backup of a store that was upgraded is restored"""
    data = context.folder / "data"
    old_store.make(data, 1)
    expect_clean(data)
    expect(old_store.version_of(data)[0] == schema.NEWEST, "not upgraded")
    berth("backup", context.folder / "backup", data=data).expect(0)
    restored = context.folder / "restored"
    berth("restore", context.folder / "backup", data=restored).expect(0)
    server = Server(restored, OPTIONS)
    try:
        check_everything(server)
    finally:
        expect(server.stop() == 0, "stop")


def newer(context):
    """a newer schema is refused, and nothing is changed"""
    data = context.folder / "data"
    old_store.make(data, schema.NEWEST)
    sql(data, "INSERT INTO schema_version VALUES (?, 'future', 'x', 0)", (schema.NEWEST + 1,))
    before = (data / "catalog.db").read_bytes()
    try:
        Server(data, OPTIONS).kill()
    except StartError as refused:
        expect("newer Berth" in refused.output, refused.output)
    else:
        expect(False, "a newer store was opened")
    berth("verify", data=data).expect(1)
    expect((data / "catalog.db").read_bytes() == before, "the catalog was changed")


def killed_while_migrating(context):
    """kill -9 during the migration: all of it or nothing, and the next start ends it"""
    template, data = context.folder / "template", context.folder / "data"
    old_store.make(template, 1, more_manifests=20_000)
    shutil.copytree(template, data)
    started = time.monotonic()
    expect(Server(data, OPTIONS).stop() == 0, "stop")
    window = time.monotonic() - started
    rolled_back = 0
    for number in range(max(context.rounds, 10)):
        shutil.rmtree(data)
        shutil.copytree(template, data)
        process = subprocess.Popen(
            [binary_path(), "serve", "--data", str(data), "--listen", "127.0.0.1:0", *OPTIONS],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(context.random.uniform(0, window))
        process.send_signal(signal.SIGKILL)
        process.wait()
        version, rows = old_store.version_of(data)
        expect(version == rows and version in (1, schema.NEWEST),
               f"kill {number}: stopped half way, at version {version}")
        rolled_back += version == 1
        if number % 4 == 0:
            server = Server(data, OPTIONS)
            try:
                check_everything(server)
            finally:
                expect(server.stop() == 0, "stop")
            expect_clean(data)
    expect(rolled_back > 0, "no kill came before the end of the migration")
    return f"{rolled_back} kills before the end of the migration, which took {window:.2f} s"


CASES = [every_version, by_commands, newer, killed_while_migrating]
