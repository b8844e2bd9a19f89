# SPDX-License-Identifier: Apache-2.0
"""berth backup beside a busy server, berth restore, and what is left of an interrupted backup."""

import json
import shutil
import signal
import subprocess
import time

from berth import berth, expect_clean, files_in, flip, object_path
from client import Client, content_of, digest_of, expect, image_of
from load import CONFIG, Load
from support.server import Server, binary_path

OPTIONS = ["--anonymous", "write", "--log-access", "false"]
METHODS = [["--by", "hard-link"], [], ["--by", "copy"]]
EAGER_GC = OPTIONS + ["--gc-grace", "5s", "--gc-read-grace", "1s", "--gc-interval", "1s"]


def restored_server(folder, backup, name, *flags):
    data = folder / name
    berth("restore", backup, *flags, data=data).expect(0)
    expect_clean(data)
    return Server(data, OPTIONS)


def expect_holds(server, kept, pushers):
    """What was acknowledged before the backup began and not deleted until after it is there."""
    for pusher, images in kept.items():
        pusher.check(server, images)
    for pusher in pushers:
        nothing_half_visible(server, pusher.repository)


def nothing_half_visible(server, repository):
    """Every tag has its manifest, every manifest all its blobs, byte for byte."""
    with Client(server, repository) as client:
        tags = client.wanted(200, "GET", client.path("tags/list?n=1000"))
        for tag in json.loads(tags.body)["tags"] or []:
            manifest = client.get_manifest(tag)
            expect(manifest is not None, f"{repository}:{tag} has no manifest")
            document = json.loads(manifest)
            for one in [document["config"], *document["layers"]]:
                content = client.get_blob(one["digest"])
                expect(content is not None and digest_of(content) == one["digest"],
                       f"{repository}:{tag} lacks {one['digest']}")


def kept_throughout(before, after):
    return {pusher: {name: image for name, image in images.items() if name in after[pusher]}
            for pusher, images in before.items()}


def await_removal(data, place, removed, seconds=60):
    """The server collects in its own time what was deleted; then it goes from the backup, too."""
    deadline = time.monotonic() + seconds
    while not removed:
        expect(time.monotonic() < deadline, "nothing was removed that went")
        removed = berth("backup", place, data=data).expect(0).json["objects_removed"]


def under_load(context):
    """while clients push and delete and garbage is collected; again into the same directory"""
    data, place = context.folder / "data", context.folder / "backup"
    server = Server(data, EAGER_GC)
    notes = []
    try:
        with Load(server, context.seed) as load:
            time.sleep(1)
            for number in range(3):
                before = load.snapshots()
                done = berth("backup", place, *METHODS[number], data=data)
                after = load.snapshots()
                done.expect(0)
                load.expect_well()
                berth("backup", place, "--check").expect(0)
                copy = restored_server(context.folder, place, f"restored{number}", "--verify")
                try:
                    expect_holds(copy, kept_throughout(before, after), load.pushers)
                finally:
                    expect(copy.stop() == 0, "stop of the restored server")
                notes.append(done.json)
        load.expect_well()
        expect(notes[0]["objects_brought"] > 0, "nothing was brought")
        berth("backup", place, data=data).expect(0)
        await_removal(data, place, sum(one["objects_removed"] for one in notes))
        again = berth("backup", place, data=data).expect(0).json
        expect(again["objects_brought"] == 0, f"{again['objects_brought']} brought again")
        expect(again["objects_kept"] > 0, "everything went")
        expect(len(files_in(place / "blobs")) == again["blobs"] - again["blobs_in_catalog"],
               "the backup has objects that it does not name")
    finally:
        status = server.stop()
    expect(status == 0, f"exit status {status}")
    return "; ".join(f"{one['objects_brought']} objects in {one['instants']} instant(s)"
                     for one in notes)


def killed(context):
    """kill -9 of the backup: the earlier one stays whole, and a later run goes on"""
    data, place = context.folder / "data", context.folder / "backup"
    server = Server(data, OPTIONS)
    interrupted = 0
    try:
        images = {}
        first_backup(server, data, place, images)
        started = time.monotonic()
        berth("backup", context.folder / "timing", "--by", "copy", data=data).expect(0)
        window = time.monotonic() - started
        for number in range(context.rounds):
            push(server, images, f"t{number}")
            process = subprocess.Popen(
                [binary_path(), "backup", str(place), "--by", "copy", "--data", str(data)],
                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(context.random.uniform(0, window * 0.8))
            process.send_signal(signal.SIGKILL)
            status = process.wait()
            interrupted += status == -signal.SIGKILL
            berth("backup", place, "--check").expect(0)
            if number % 3 == 2:
                check_restored(context.folder, place, number)
        done = berth("backup", place, data=data).expect(0).json
        expect(len(files_in(place / "blobs")) == done["blobs"] - done["blobs_in_catalog"],
               "leftovers of interrupted runs")
        catalogs = [path.name for path in place.iterdir() if path.name.startswith("catalog.")]
        expect(catalogs == [done["catalog"]], f"catalogs: {catalogs}")
        copy = restored_server(context.folder, place, "whole")
        try:
            with Client(copy, "kill/app") as client:
                for name, (manifest, layer) in images.items():
                    expect(client.get_manifest(name) == manifest, name)
                    client.check_blob(layer)
        finally:
            expect(copy.stop() == 0, "stop")
    finally:
        status = server.stop()
    expect(status == 0, f"exit status {status}")
    expect(interrupted > 0, "no kill came before the end")
    return f"{interrupted} of {context.rounds} kills came before the end"


def first_backup(server, data, place, images):
    for number in range(20):
        push(server, images, f"first{number}")
    # Killed before it ever was whole: no backup.
    process = subprocess.Popen([binary_path(), "backup", str(place), "--by", "copy", "--data",
                                str(data)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 10
    while not files_in(place / "blobs") and time.monotonic() < deadline:
        time.sleep(0.001)
    process.kill()
    process.wait()
    if not (place / "backup.json").exists():
        berth("restore", place, data=place.parent / "none").expect(1)
        expect(not (place.parent / "none").exists(), "something was restored")
    berth("backup", place, "--by", "copy", data=data).expect(0)


def push(server, images, name):
    layer = content_of(600_000, f"killed {name}")
    with Client(server, "kill/app") as client:
        for content in (CONFIG, layer):
            client.push_blob(content)
        manifest = image_of(CONFIG, [layer])
        client.push_manifest(name, manifest)
    images[name] = (manifest, layer)


def check_restored(folder, place, number):
    copy = restored_server(folder, place, f"after{number}", "--by", "hard-link")
    try:
        nothing_half_visible(copy, "kill/app")
    finally:
        expect(copy.stop() == 0, "stop")


def guarded(context):
    """what is refused, what is private, what is not in it, and a damaged backup"""
    data, place = context.folder / "data", context.folder / "backup"
    server = Server(data, OPTIONS)
    try:
        content = content_of(50_000, "guarded")
        with Client(server) as client:
            client.push_blob(content)
            client.start_upload()
        berth("backup", place, "--by", "copy", data=data).expect(0)
        expect(place.stat().st_mode & 0o777 == 0o700, "the backup is open to others")
        for path in place.iterdir():
            if path.is_file():
                expect(path.stat().st_mode & 0o077 == 0, f"{path.name} is open to others")
        names = {path.name for path in place.iterdir()}
        expect(not names & {"uploads", "admin-password", "audit.log", "lock"}, str(names))
        berth("restore", place, data=data).expect(1)
        berth("backup", place, "--by", "magic", data=data).expect(2)
        berth("backup", data / "blobs", data=data).expect(1)
        flip(object_path(place, digest_of(content)), 40_000)
        berth("backup", place, "--check", "--quick").expect(0)
        found = berth("backup", place, "--check").expect(3).json["findings"]
        expect([one["kind"] for one in found] == ["damaged_blob"], str(found))
        restored = context.folder / "restored"
        berth("restore", place, "--verify", data=restored).expect(3)
        copy = Server(restored, OPTIONS)
        try:
            with Client(copy) as client:
                expect(client.get_blob(digest_of(content)) is None, "damaged bytes are served")
                client.push_blob(content)
                client.check_blob(content)
        finally:
            expect(copy.stop() == 0, "stop")
        expect_clean(restored)
        shutil.rmtree(place / "blobs")
        berth("backup", place, "--check", "--quick").expect(3)
    finally:
        status = server.stop()
    expect(status == 0, f"exit status {status}")


CASES = [under_load, killed, guarded]
